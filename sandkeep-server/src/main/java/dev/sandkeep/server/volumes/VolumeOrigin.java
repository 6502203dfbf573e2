package dev.sandkeep.server.volumes;

import dev.sandkeep.spi.CheckpointId;
import dev.sandkeep.spi.VolumeId;

/** Where the first content of a volume comes from. */
public sealed interface VolumeOrigin {
    /** From nowhere: it begins empty, over what the snapshot has. */
    record Empty() implements VolumeOrigin {}

    /** From a checkpoint of another volume. */
    record Fork(VolumeId source, CheckpointId checkpoint) implements VolumeOrigin {}

    /** From a stream that somebody sends. Until it has ended, the volume must not be used. */
    record Import() implements VolumeOrigin {}

    /** For the event that tells of it. */
    default String detail() {
        return switch (this) {
            case Empty empty -> "";
            case Fork fork ->
                ", fork of " + fork.source().value() + " at "
                        + fork.checkpoint().value();
            case Import imported -> ", imported";
        };
    }
}
