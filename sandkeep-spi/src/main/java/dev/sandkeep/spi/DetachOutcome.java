package dev.sandkeep.spi;

/** What became of {@link VolumeBackend#detach}. */
public sealed interface DetachOutcome {
    /**
     * Nobody holds the volume, and everything that the generation wrote is in {@code point}.
     *
     * @param repeated whether that generation had been detached before
     */
    record Detached(DurablePoint point, boolean repeated) implements DetachOutcome {}

    /** Another generation holds it, or a newer one has been seen; nothing was changed. */
    record Fenced(int newestGeneration) implements DetachOutcome {}

    /** It must not be used; nothing was changed. */
    record Damaged(VolumeDamage damage) implements DetachOutcome {}

    /** There is no such volume. */
    record Missing() implements DetachOutcome {}
}
