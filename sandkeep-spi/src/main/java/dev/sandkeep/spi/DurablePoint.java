package dev.sandkeep.spi;

import java.time.Instant;

/**
 * The state of a volume up to which everything is known to be on disk.
 *
 * @param checkpoint the newest checkpoint
 * @param sequence 1 for the first checkpoint of a volume, one more for each further one
 * @param at when it became durable
 */
public record DurablePoint(CheckpointId checkpoint, long sequence, Instant at) {
    public DurablePoint {
        if (sequence < 1) {
            throw new IllegalArgumentException("sequence must be 1 or more, was " + sequence);
        }
    }
}
