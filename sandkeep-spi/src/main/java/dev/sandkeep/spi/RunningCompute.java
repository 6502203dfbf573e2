package dev.sandkeep.spi;

import java.time.Instant;

/**
 * A compute that was running when it was looked at.
 *
 * @param id its name
 * @param startedAt when its first process started, by the host's clock
 */
public record RunningCompute(ComputeId id, Instant startedAt) {}
