package dev.sandkeep.spi;

/** What became of {@link VolumeBackend#restore}. */
public sealed interface RestoreOutcome {
    /**
     * The volume's newest checkpoint has the content of the one asked for.
     *
     * @param checkpoint the new one
     * @param repeated whether it had been made before
     */
    record Restored(Checkpoint checkpoint, boolean repeated) implements RestoreOutcome {}

    /** A generation holds it: stop its compute and {@link VolumeBackend#detach} it first. Nothing was changed. */
    record HeldBy(int generation) implements RestoreOutcome {}

    /** The volume has no such checkpoint; nothing was changed. */
    record NoSuchCheckpoint() implements RestoreOutcome {}

    /** It, or the checkpoint, must not be used; nothing was changed. */
    record Damaged(VolumeDamage damage) implements RestoreOutcome {}

    /** There is no such volume. */
    record Missing() implements RestoreOutcome {}
}
