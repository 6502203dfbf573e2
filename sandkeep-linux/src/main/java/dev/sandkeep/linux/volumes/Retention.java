package dev.sandkeep.linux.volumes;

import dev.sandkeep.linux.files.JsonFile;
import dev.sandkeep.linux.files.JsonFile.Durability;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Which checkpoints of one volume are kept, and what goes with one that is not.
 *
 * <p>A checkpoint is removed by a mark in its directory. Then whatever no kept checkpoint and no head stands on goes: its layers, or
 * the reference to them where they are shared. Its manifest stays, for the history of the volume. A removal that died after the
 * mark is finished by the next one.
 */
final class Retention {
    private final VolumeParts parts;
    private final VolumeState state;

    Retention(VolumeParts parts, VolumeState state) {
        this.parts = parts;
        this.state = state;
    }

    /** Newest first. */
    List<CheckpointManifest> kept() throws IOException {
        List<CheckpointManifest> kept = new ArrayList<>();
        for (CheckpointManifest manifest : manifests()) {
            if (isKept(manifest)) {
                kept.add(manifest);
            }
        }
        kept.sort(Comparator.comparingLong(CheckpointManifest::sequence).reversed());
        return kept;
    }

    /** The kept checkpoint {@code id} of this volume. */
    Optional<CheckpointManifest> find(String id) {
        return Files.isDirectory(parts.directory().checkpoint(id))
                ? Optional.of(parts.history().layerHolder(id)).filter(this::isKept)
                : Optional.empty();
    }

    private boolean isKept(CheckpointManifest manifest) {
        return manifest.volume().equals(parts.marker().id())
                && manifest.sequence() <= state.sequence()
                && !Files.exists(mark(manifest.id()));
    }

    private Path mark(String id) {
        return parts.directory().checkpoint(id).resolve(VolumeDirectory.REMOVED);
    }

    private List<CheckpointManifest> manifests() throws IOException {
        List<CheckpointManifest> found = new ArrayList<>();
        try (DirectoryStream<Path> all =
                Files.newDirectoryStream(parts.directory().checkpoints())) {
            for (Path checkpoint : all) {
                found.add(parts.history().layerHolder(checkpoint.getFileName().toString()));
            }
        }
        return found;
    }

    /** Removes a kept checkpoint, which must be neither the newest nor what the head lies on. */
    void remove(String id) throws IOException {
        Files.createFile(mark(id));
        JsonFile.sync(parts.directory().checkpoint(id));
        parts.listener().done(Step.REMOVE_MARKED);
        release();
        parts.listener().done(Step.REMOVE_RELEASED);
    }

    /** Lets go of everything that nothing stands on. */
    void release() throws IOException {
        List<CheckpointManifest> all = manifests();
        Set<String> needed = new HashSet<>();
        state.under().ifPresent(base -> need(parts.history().layerHolder(base), needed));
        for (CheckpointManifest manifest : all) {
            if (isKept(manifest)) {
                need(manifest, needed);
            }
        }
        for (CheckpointManifest manifest : all) {
            boolean ours = manifest.volume().equals(parts.marker().id());
            if (!needed.contains(manifest.id()) && (!ours || Files.exists(mark(manifest.id())))) {
                if (ours) {
                    remember(manifest);
                }
                discard(manifest.id());
            }
        }
    }

    private static void need(CheckpointManifest manifest, Set<String> needed) {
        needed.add(manifest.id());
        needed.addAll(manifest.layers());
    }

    private void remember(CheckpointManifest manifest) throws IOException {
        Path past = parts.directory().past(manifest.id());
        Files.createDirectories(past.resolveSibling("."));
        JsonFile.write(past, manifest, Durability.POWER);
    }

    private void discard(String id) throws IOException {
        Path checkpoint = parts.directory().checkpoint(id);
        Optional<String> shared = parts.shared().keyOf(checkpoint);
        if (shared.isPresent()) {
            Files.delete(checkpoint);
            JsonFile.sync(parts.directory().checkpoints());
            parts.shared().drop(shared.get(), parts.marker().id());
        } else {
            parts.trash().discard(checkpoint);
        }
    }
}
