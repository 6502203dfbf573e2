package dev.sandkeep.spi;

import java.time.Instant;

/** What became of {@link VolumeBackend#flush}. */
public sealed interface FlushOutcome {
    /**
     * Everything written before the call is on disk.
     *
     * @param durableAt when the call began
     */
    record Flushed(Instant durableAt) implements FlushOutcome {}

    /** That generation does not hold it. */
    record NotHeld() implements FlushOutcome {}

    /** There is no such volume. */
    record Missing() implements FlushOutcome {}
}
