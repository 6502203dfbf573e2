package dev.sandkeep.spi;

import java.time.Instant;

/**
 * A compute that was running when it was looked at.
 *
 * @param id its name
 * @param startedAt when its first process started, by the host's clock
 * @param paused whether it was held still by {@link SandboxProvider#pause}
 */
public record RunningCompute(ComputeId id, Instant startedAt, boolean paused) {
    /** One that is not paused. */
    public RunningCompute(ComputeId id, Instant startedAt) {
        this(id, startedAt, false);
    }
}
