package dev.sandkeep.linux.volumes;

import dev.sandkeep.linux.volumes.CheckpointManifest.Content;
import dev.sandkeep.linux.volumes.CheckpointManifest.PathContent;
import dev.sandkeep.spi.Checkpoint;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/**
 * Describes a checkpoint that is made of the holder's head.
 *
 * @param state names the holder
 * @param past what the head lies on
 */
record HeadManifest(VolumeParts parts, VolumeState state, History.Verified past) {
    /**
     * @param files the head, or the copy of it, with the layers
     * @param contents what is stored of each path
     * @param stored what that takes, where it was measured
     */
    CheckpointManifest of(
            String id,
            Checkpoint.Kind kind,
            Instant at,
            Path files,
            List<Content> contents,
            List<OptionalLong> stored) {
        List<PathContent> paths = new ArrayList<>();
        for (int index = 0; index < contents.size(); index++) {
            paths.add(path(index, id, files, contents.get(index), stored.get(index)));
        }
        return new CheckpointManifest(
                id,
                parts.marker().id(),
                state.holder(),
                state.sequence() + 1,
                state.checkpoint(),
                CheckpointManifest.time(at),
                kind.name(),
                null,
                paths);
    }

    private PathContent path(int index, String id, Path files, Content content, OptionalLong stored) {
        String path = parts.marker().paths().get(index);
        List<String> below = past.chainIds(index);
        if (content == Content.UNCHANGED) {
            return PathContent.unchanged(path, below);
        }
        List<String> chain = new ArrayList<>(List.of(id));
        if (content == Content.LAYER) {
            chain.addAll(below);
        }
        return new PathContent(
                path,
                content,
                parts.heads().range(state.holder(), index).orElseThrow().first(),
                LayerFingerprint.of(VolumeDirectory.layers(files, index, content)),
                chain,
                // What was measured is the head's layer, and not what it was merged into.
                content == Content.LAYER && stored.isPresent() ? (Long) stored.getAsLong() : null);
    }
}
