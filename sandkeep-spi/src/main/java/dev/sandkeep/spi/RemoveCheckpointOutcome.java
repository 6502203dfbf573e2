package dev.sandkeep.spi;

/** What became of {@link VolumeBackend#removeCheckpoint}. */
public sealed interface RemoveCheckpointOutcome {
    /** Nothing can be restored from it any more. */
    record Removed() implements RemoveCheckpointOutcome {}

    /** It was removed before, or never was. */
    record Absent() implements RemoveCheckpointOutcome {}

    /**
     * It has to stay; nothing was changed.
     *
     * @param reason one sentence: it is the newest, or what the holder writes lies on it
     */
    record InUse(String reason) implements RemoveCheckpointOutcome {}

    /** The volume must not be used; nothing was changed. */
    record Damaged(VolumeDamage damage) implements RemoveCheckpointOutcome {}

    /** There is no such volume. */
    record Missing() implements RemoveCheckpointOutcome {}
}
