package dev.sandkeep.spi;

import java.time.Duration;

/** What became of {@link VolumeBackend#checkpoint}. */
public sealed interface CheckpointOutcome {
    /**
     * Everything that the holder had written when it was last held still is in {@code checkpoint}.
     *
     * @param checkpoint the one asked for; the newest before it when nothing had been written since
     * @param repeated whether no new one was made
     * @param paused for how long the sandbox was held still, all together
     */
    record Checkpointed(Checkpoint checkpoint, boolean repeated, Duration paused) implements CheckpointOutcome {}

    /** That generation does not hold it; nothing was changed. */
    record NotHeld() implements CheckpointOutcome {}

    /** It must not be used; nothing was changed. */
    record Damaged(VolumeDamage damage) implements CheckpointOutcome {}

    /** There is no such volume. */
    record Missing() implements CheckpointOutcome {}
}
