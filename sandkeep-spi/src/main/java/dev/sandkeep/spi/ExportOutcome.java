package dev.sandkeep.spi;

/** What became of {@link VolumeBackend#export}. */
public sealed interface ExportOutcome {
    /**
     * All was written.
     *
     * @param checkpoint whose content it is
     * @param bytes written
     */
    record Exported(Checkpoint checkpoint, long bytes) implements ExportOutcome {}

    /** The volume has no such checkpoint, or none at all; nothing was written. */
    record NoSuchCheckpoint() implements ExportOutcome {}

    /** It must not be used. What was written by then, if anything, is refused by every import. */
    record Damaged(VolumeDamage damage) implements ExportOutcome {}

    /** There is no such volume; nothing was written. */
    record Missing() implements ExportOutcome {}
}
