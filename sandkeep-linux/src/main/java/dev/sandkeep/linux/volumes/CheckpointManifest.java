package dev.sandkeep.linux.volumes;

import dev.sandkeep.spi.Checkpoint;
import dev.sandkeep.spi.CheckpointId;
import dev.sandkeep.spi.DurablePoint;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
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
 * @param kind how it came about, a constant of {@link Checkpoint.Kind}; null for the oldest of them
 * @param of the checkpoint that it was restored from; null for all others
 * @param paths one for each path of the volume, in its order
 */
record CheckpointManifest(
        String id,
        String volume,
        int generation,
        long sequence,
        @Nullable String parent,
        String at,
        @Nullable String kind,
        @Nullable String of,
        List<PathContent> paths) {
    CheckpointManifest {
        paths = List.copyOf(paths);
    }

    /** What a checkpoint holds of one path. */
    enum Content {
        /** Nothing: its chain, if it has one, is that of another checkpoint. */
        UNCHANGED,
        /** What changed since the checkpoints below it in the chain. */
        LAYER,
        /** Everything that differs from the image, in two layers. */
        WHOLE,
        /** Everything that differs from the image, in as many layers as there are. */
        STACK
    }

    /**
     * One path.
     *
     * @param path in the sandbox
     * @param content what is stored
     * @param owner first id of the range that the files are stored in
     * @param fingerprint of the files; empty for {@link Content#UNCHANGED}
     * @param chain the checkpoints that hold the path's layers, newest first, this one included where it holds something
     * @param bytes that its own layers take; null where it was not measured
     */
    record PathContent(
            String path,
            Content content,
            long owner,
            String fingerprint,
            List<String> chain,
            @Nullable Long bytes) {
        PathContent(String path, Content content, long owner, String fingerprint, List<String> chain) {
            this(path, content, owner, fingerprint, chain, null);
        }

        PathContent {
            chain = List.copyOf(chain);
        }

        /** A path of which nothing is stored here. */
        static PathContent unchanged(String path, List<String> chain) {
            return new PathContent(path, Content.UNCHANGED, 0, "", chain);
        }
    }

    /** The same checkpoint with its files stored otherwise. */
    CheckpointManifest with(List<PathContent> stored) {
        return new CheckpointManifest(id, volume, generation, sequence, parent, at, kind, of, stored);
    }

    /** The checkpoints that hold what this one shows. */
    Set<String> layers() {
        Set<String> layers = new LinkedHashSet<>();
        for (PathContent path : paths) {
            layers.addAll(path.chain());
        }
        return layers;
    }

    /** A moment as manifests write it. */
    static String time(Instant at) {
        return at.truncatedTo(ChronoUnit.MICROS).toString();
    }

    Checkpoint.Kind kindOrUsual() {
        return kind == null ? Checkpoint.Kind.DETACHED : Checkpoint.Kind.valueOf(kind);
    }

    Checkpoint checkpoint() {
        return new Checkpoint(
                new CheckpointId(id),
                sequence,
                generation,
                Instant.parse(at),
                kindOrUsual(),
                Optional.ofNullable(parent).map(CheckpointId::new));
    }

    DurablePoint point() {
        return new DurablePoint(new CheckpointId(id), sequence, Instant.parse(at));
    }
}
