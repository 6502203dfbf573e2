package dev.sandkeep.spi;

import java.util.List;

/** What {@link VolumeBackend#checkpoints} found. */
public sealed interface CheckpointsOutcome {
    /**
     * These are kept.
     *
     * @param checkpoints newest first; empty before the first
     */
    record Listed(List<Checkpoint> checkpoints) implements CheckpointsOutcome {
        public Listed {
            checkpoints = List.copyOf(checkpoints);
        }
    }

    /** What is there cannot be believed. */
    record Damaged(VolumeDamage damage) implements CheckpointsOutcome {}

    /** There is no such volume. */
    record Missing() implements CheckpointsOutcome {}
}
