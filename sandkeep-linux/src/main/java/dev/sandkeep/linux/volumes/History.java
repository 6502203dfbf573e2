package dev.sandkeep.linux.volumes;

import static java.util.Objects.requireNonNull;

import dev.sandkeep.linux.files.JsonFile;
import dev.sandkeep.linux.kernel.Directory;
import dev.sandkeep.linux.kernel.FileStatus;
import dev.sandkeep.linux.volumes.CheckpointManifest.Content;
import dev.sandkeep.linux.volumes.CheckpointManifest.PathContent;
import dev.sandkeep.spi.Checkpoint;
import dev.sandkeep.spi.DurablePoint;
import dev.sandkeep.spi.IdRange;
import dev.sandkeep.spi.VolumeDamage.Code;
import dev.sandkeep.spi.VolumeMount.Committed;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/** The committed past of one volume, read from its checkpoints and believed only as far as they agree. */
final class History {
    private final VolumeDirectory directory;
    private final VolumeMarker marker;

    History(VolumeDirectory directory, VolumeMarker marker) {
        this.directory = directory;
        this.marker = marker;
    }

    /**
     * What a volume stands on.
     *
     * @param newest checkpoint; empty before the first
     * @param base on which the holder's head lies, or the next one will; another than {@code newest} when the holder was
     *     checkpointed
     * @param chains for each path of the volume, the committed directories of {@code base}, newest first
     */
    record Verified(
            Optional<CheckpointManifest> newest, Optional<CheckpointManifest> base, List<List<Committed>> chains) {
        Optional<DurablePoint> point() {
            return newest.map(CheckpointManifest::point);
        }

        Optional<DurablePoint> basePoint() {
            return base.map(CheckpointManifest::point);
        }

        /** The checkpoints that hold the layers of one path of {@code base}, newest first. */
        List<String> chainIds(int index) {
            return base.map(it -> it.paths().get(index).chain()).orElse(List.of());
        }
    }

    /**
     * Reads the newest checkpoint and the one that the head lies on, all whose layers they stand on, and the way back to the
     * promised point.
     *
     * @throws DamagedVolumeException when something of it is missing, changed, or older than promised
     */
    Verified verified(VolumeState state, Optional<DurablePoint> promised) {
        if (promised.filter(it -> it.sequence() > state.sequence()).isPresent()) {
            throw older(promised.orElseThrow(), state);
        }
        String id = state.checkpoint();
        if (id == null) {
            return new Verified(Optional.empty(), Optional.empty(), nothing());
        }
        CheckpointManifest newest = manifest(id, state.sequence());
        if (promised.isPresent() && !contains(newest, promised.get())) {
            throw older(promised.get(), state);
        }
        List<List<Committed>> chains = chains(newest);
        Optional<String> base = state.under();
        if (base.isEmpty()) {
            return new Verified(Optional.of(newest), Optional.empty(), nothing());
        }
        if (base.get().equals(id)) {
            return new Verified(Optional.of(newest), Optional.of(newest), chains);
        }
        CheckpointManifest under = manifest(base.get());
        return new Verified(Optional.of(newest), Optional.of(under), chains(under));
    }

    private List<List<Committed>> nothing() {
        return Collections.nCopies(marker.paths().size(), List.of());
    }

    /** For each path, the committed directories of a checkpoint, newest first, all of which must be as they were. */
    List<List<Committed>> chains(CheckpointManifest checkpoint) {
        Map<String, CheckpointManifest> read = new HashMap<>(Map.of(checkpoint.id(), checkpoint));
        List<List<Committed>> chains = new ArrayList<>();
        for (int index = 0; index < marker.paths().size(); index++) {
            chains.add(chain(checkpoint, index, read));
        }
        return List.copyOf(chains);
    }

    /** Whether {@code promised} is {@code newest} or, by the parents that each names, before it. */
    private boolean contains(CheckpointManifest newest, DurablePoint promised) {
        CheckpointManifest at = newest;
        while (at.sequence() > promised.sequence()) {
            at = past(requireNonNull(at.parent()), at.sequence() - 1);
        }
        return at.id().equals(promised.checkpoint().value());
    }

    private List<Committed> chain(CheckpointManifest newest, int index, Map<String, CheckpointManifest> read) {
        List<String> ids = newest.paths().get(index).chain();
        List<Committed> layers = new ArrayList<>();
        for (int at = 0; at < ids.size(); at++) {
            CheckpointManifest holder = read.computeIfAbsent(ids.get(at), this::layerHolder);
            // Each link repeats what is below it, so that a manifest from elsewhere does not fit in.
            PathContent content = holder.paths().get(index);
            if (content.content() == Content.UNCHANGED || !content.chain().equals(ids.subList(at, ids.size()))) {
                throw new DamagedVolumeException(
                        Code.CHECKPOINT_CHANGED,
                        directory.checkpoint(holder.id()) + " is not the one that " + newest.id() + " stands on");
            }
            layers.addAll(layers(holder, index));
        }
        return List.copyOf(layers);
    }

    private DamagedVolumeException older(DurablePoint promised, VolumeState state) {
        return new DamagedVolumeException(
                Code.OLDER_THAN_DURABLE_POINT,
                directory.path() + " does not contain checkpoint " + promised.checkpoint() + " (sequence "
                        + promised.sequence() + "), which was recorded as durable; its newest is "
                        + (state.checkpoint() == null
                                ? "none"
                                : state.checkpoint() + " (sequence " + state.sequence() + ")"));
    }

    /** A checkpoint of the volume's history, which may have been removed. */
    private CheckpointManifest past(String id, long sequence) {
        Optional<CheckpointManifest> remembered = Files.isDirectory(directory.checkpoint(id))
                ? Optional.empty()
                : read(directory.past(id)).filter(it -> it.id().equals(id) && it.sequence() == sequence);
        return remembered.isPresent() ? remembered.get() : manifest(id, sequence);
    }

    private CheckpointManifest manifest(String id, long sequence) {
        CheckpointManifest manifest = manifest(id);
        if (manifest.sequence() != sequence) {
            throw new DamagedVolumeException(
                    Code.CHECKPOINT_CHANGED,
                    directory.checkpoint(id) + " has sequence " + manifest.sequence() + " instead of " + sequence);
        }
        return manifest;
    }

    /** The manifest of a checkpoint of this volume that must be there. */
    CheckpointManifest manifest(String id) {
        CheckpointManifest manifest = layerHolder(id);
        if (!manifest.volume().equals(marker.id())) {
            throw notOf(directory.checkpoint(id));
        }
        return manifest;
    }

    private DamagedVolumeException notOf(Path checkpoint) {
        return new DamagedVolumeException(
                Code.CHECKPOINT_CHANGED,
                checkpoint.resolve(VolumeDirectory.MANIFEST) + " does not describe this checkpoint of " + marker.id());
    }

    /** The manifest of a checkpoint that must be there, made by this volume or shared with the one that made it. */
    CheckpointManifest layerHolder(String id) {
        Path checkpoint = directory.checkpoint(id);
        if (!Files.isDirectory(checkpoint)) {
            throw new DamagedVolumeException(Code.CHECKPOINT_MISSING, checkpoint + " is not there");
        }
        CheckpointManifest manifest = read(checkpoint.resolve(VolumeDirectory.MANIFEST))
                .orElseThrow(() -> new DamagedVolumeException(
                        Code.CHECKPOINT_CHANGED,
                        checkpoint.resolve(VolumeDirectory.MANIFEST) + " is not there or cannot be read"));
        boolean fits = manifest.id().equals(id)
                && (manifest.volume().equals(marker.id()) || Files.isSymbolicLink(checkpoint))
                && manifest.sequence() > 0
                && (manifest.parent() == null) == (manifest.sequence() == 1)
                && manifest.paths().stream().map(PathContent::path).toList().equals(marker.paths());
        if (!fits) {
            throw notOf(checkpoint);
        }
        return manifest;
    }

    private static Optional<CheckpointManifest> read(Path file) {
        try {
            return JsonFile.read(file, CheckpointManifest.class);
        } catch (JacksonException e) {
            return Optional.empty();
        }
    }

    /** The layers of one path of a checkpoint, which must be as they were committed. */
    private List<Committed> layers(CheckpointManifest manifest, int index) {
        PathContent content = manifest.paths().get(index);
        List<Path> layers = VolumeDirectory.layers(directory.checkpoint(manifest.id()), index, content.content());
        for (Path layer : layers) {
            if (Directory.status(layer).filter(FileStatus::isDirectory).isEmpty()) {
                throw new DamagedVolumeException(Code.CHECKPOINT_MISSING, layer + " is not there");
            }
        }
        if (!LayerFingerprint.of(layers).equals(content.fingerprint())) {
            throw new DamagedVolumeException(
                    Code.CHECKPOINT_CHANGED, layers.getFirst() + " is not as it was committed");
        }
        return layers.stream()
                .map(layer -> new Committed(layer, new IdRange(content.owner())))
                .toList();
    }

    /** Looks once more at a checkpoint that was just committed. */
    void verifyCommitted(CheckpointManifest committed) {
        CheckpointManifest written = manifest(committed.id());
        if (!written.equals(committed)) {
            throw new DamagedVolumeException(
                    Code.CHECKPOINT_CHANGED, directory.checkpoint(committed.id()) + " does not hold what was written");
        }
        for (int index = 0; index < written.paths().size(); index++) {
            if (written.paths().get(index).content() != Content.UNCHANGED) {
                layers(written, index);
            }
        }
    }

    /**
     * The checkpoint that a detach committed before it died, so that {@code state} names its holder still: made by the holder,
     * as the successor of the newest.
     */
    Optional<CheckpointManifest> unrecorded(VolumeState state) {
        if (state.holder() == 0 || Files.exists(directory.head(state.holder()))) {
            return Optional.empty();
        }
        try (DirectoryStream<Path> checkpoints = Files.newDirectoryStream(directory.checkpoints())) {
            for (Path checkpoint : checkpoints) {
                Optional<CheckpointManifest> manifest = read(checkpoint.resolve(VolumeDirectory.MANIFEST))
                        .filter(it -> succeeds(it, state, checkpoint.getFileName()));
                if (manifest.isPresent()) {
                    return manifest;
                }
            }
            return Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(directory.checkpoints() + " could not be listed", e);
        }
    }

    private boolean succeeds(CheckpointManifest manifest, VolumeState state, @Nullable Path name) {
        String parent = manifest.parent();
        return name != null
                && name.toString().equals(manifest.id())
                && manifest.volume().equals(marker.id())
                && manifest.kindOrUsual() == Checkpoint.Kind.DETACHED
                && manifest.generation() == state.holder()
                && manifest.sequence() == state.sequence() + 1
                && (parent == null ? state.checkpoint() == null : parent.equals(state.checkpoint()));
    }
}
