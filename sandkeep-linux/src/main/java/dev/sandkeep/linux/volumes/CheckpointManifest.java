package dev.sandkeep.linux.volumes;

import dev.sandkeep.spi.CheckpointId;
import dev.sandkeep.spi.DurablePoint;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@code checkpoint.json}: what a checkpoint is and holds.
 *
 * @param id its own, the name of its directory
 * @param volume that it belongs to
 * @param generation that wrote it
 * @param sequence 1 for the first of a volume, one more for each further one
 * @param parent the checkpoint before it; null for the first
 * @param at when everything in it was on disk, as text because that is exact
 * @param paths one for each path of the volume, in its order
 */
record CheckpointManifest(
        String id,
        String volume,
        int generation,
        long sequence,
        @Nullable String parent,
        String at,
        List<PathContent> paths) {
    CheckpointManifest {
        paths = List.copyOf(paths);
    }

    /** What a checkpoint holds of one path. */
    enum Content {
        /** Nothing: it is as in the parent. */
        UNCHANGED,
        /** What changed since the parent. */
        LAYER,
        /** Everything that differs from the image. */
        WHOLE
    }

    /**
     * One path.
     *
     * @param path in the sandbox
     * @param content what is stored
     * @param owner first id of the range that the files are stored in
     * @param fingerprint of the files; empty for {@link Content#UNCHANGED}
     * @param chain the checkpoints that hold the path's layers, newest first, this one included where it holds something
     */
    record PathContent(String path, Content content, long owner, String fingerprint, List<String> chain) {
        PathContent {
            chain = List.copyOf(chain);
        }
    }

    DurablePoint point() {
        return new DurablePoint(new CheckpointId(id), sequence, Instant.parse(at));
    }
}
