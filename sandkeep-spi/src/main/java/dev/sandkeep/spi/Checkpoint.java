package dev.sandkeep.spi;

import java.time.Instant;
import java.util.Optional;

/**
 * An immutable point in time of a volume.
 *
 * @param id its own
 * @param sequence 1 for the first checkpoint of a volume, one more for each further one; removed ones leave gaps
 * @param generation that held the volume, or had held it last; 0 when none ever did
 * @param at when it became durable
 * @param kind how it came about
 * @param parent the one before it in the volume's history; empty for the first. It may have been removed since
 */
public record Checkpoint(
        CheckpointId id, long sequence, int generation, Instant at, Kind kind, Optional<CheckpointId> parent) {
    /** How a checkpoint came about. */
    public enum Kind {
        /** {@link VolumeBackend#detach}: everything that a generation wrote. */
        DETACHED,
        /** {@link VolumeBackend#checkpoint}: what a generation had written that went on. */
        RUNNING,
        /** {@link VolumeBackend#restore}: the content of an earlier one. */
        RESTORED,
        /** {@link VolumeBackend#fork}: the content of another volume's. */
        FORKED,
        /** {@link VolumeBackend#importVolume}: the content of a stream. */
        IMPORTED
    }

    /** It as the durable point of its volume. */
    public DurablePoint point() {
        return new DurablePoint(id, sequence, at);
    }
}
