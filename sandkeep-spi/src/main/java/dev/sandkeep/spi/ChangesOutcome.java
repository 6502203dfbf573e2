package dev.sandkeep.spi;

/** What became of {@code visitChanges}. */
public sealed interface ChangesOutcome {
    /**
     * The visitor was called.
     *
     * @param paths how often
     * @param complete whether it saw everything, which is so unless it asked to skip or to stop
     */
    record Visited(long paths, boolean complete) implements ChangesOutcome {}

    /** There is no such compute or image; the visitor may have seen a part of what went away meanwhile. */
    record Missing() implements ChangesOutcome {}
}
