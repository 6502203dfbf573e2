package dev.sandkeep.spi;

/** What became of {@link VolumeBackend#fork}. */
public sealed interface ForkOutcome {
    /**
     * The new volume is there, free, with one checkpoint.
     *
     * @param checkpoint the new volume's first
     * @param repeated whether it had been made before
     */
    record Forked(Checkpoint checkpoint, boolean repeated) implements ForkOutcome {}

    /** The source has no such checkpoint, or none at all; nothing was made. */
    record NoSuchCheckpoint() implements ForkOutcome {}

    /**
     * The new volume cannot be made; nothing was.
     *
     * @param reason for people: another volume has its name, or its paths are not those of the source
     */
    record Conflict(String reason) implements ForkOutcome {}

    /** The source must not be used; nothing was made. */
    record Damaged(VolumeDamage damage) implements ForkOutcome {}

    /** There is no such source. */
    record Missing() implements ForkOutcome {}
}
