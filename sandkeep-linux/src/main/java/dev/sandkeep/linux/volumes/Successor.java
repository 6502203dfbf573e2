package dev.sandkeep.linux.volumes;

import dev.sandkeep.linux.files.JsonFile;
import dev.sandkeep.linux.files.JsonFile.Durability;
import dev.sandkeep.linux.volumes.CheckpointManifest.PathContent;
import dev.sandkeep.spi.Checkpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;

/** Checkpoints that hold nothing themselves and show what another one does. */
final class Successor {
    private Successor() {}

    /** Prepares, where checkpoints are made, one with the content of {@code from} as the next of a volume that nobody holds. */
    static CheckpointManifest of(CheckpointManifest from, String id, VolumeParts parts, VolumeState state)
            throws IOException {
        CheckpointManifest manifest = new CheckpointManifest(
                id,
                parts.marker().id(),
                state.newestGeneration(),
                state.sequence() + 1,
                state.checkpoint(),
                CheckpointManifest.time(parts.clock().instant()),
                Checkpoint.Kind.RESTORED.name(),
                from.id(),
                content(from));
        Path making = Files.createDirectory(parts.directory().making());
        JsonFile.write(making.resolve(VolumeDirectory.MANIFEST), manifest, Durability.POWER);
        return manifest;
    }

    /** The first one of another volume. */
    static CheckpointManifest first(CheckpointManifest from, String id, String volume, InstantSource clock) {
        return new CheckpointManifest(
                id,
                volume,
                0,
                1,
                null,
                CheckpointManifest.time(clock.instant()),
                Checkpoint.Kind.FORKED.name(),
                null,
                content(from));
    }

    private static List<PathContent> content(CheckpointManifest from) {
        return from.paths().stream()
                .map(path -> PathContent.unchanged(path.path(), path.chain()))
                .toList();
    }
}
