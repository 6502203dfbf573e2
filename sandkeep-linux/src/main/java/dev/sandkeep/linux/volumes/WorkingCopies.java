package dev.sandkeep.linux.volumes;

import dev.sandkeep.linux.files.JsonFile;
import dev.sandkeep.linux.files.JsonFile.Durability;
import dev.sandkeep.linux.kernel.FileLock;
import dev.sandkeep.linux.volumes.PublishedVolume.Entry;
import dev.sandkeep.linux.volumes.PublishedVolume.Pack;
import dev.sandkeep.spi.ProviderException;
import dev.sandkeep.spi.VolumeDamage.Code;
import dev.sandkeep.spi.VolumeId;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/**
 * The volumes of a {@link CopyStore} as they are worked on: an ordinary store on a file system that overlays can be written to, and
 * beside it a note for each volume of what stands on disk in the store of copies.
 *
 * <pre>
 * &lt;working&gt;/volumes/…            an ordinary {@link VolumeStore}
 * &lt;working&gt;/notes/&lt;vol id&gt;.json   what of it was published
 * &lt;working&gt;/locks/&lt;vol id&gt;        who works on both holds flock on this
 * </pre>
 */
final class WorkingCopies {
    private static final Duration PATIENCE = Duration.ofMinutes(10);

    private final Path root;
    private final VolumeStore store;

    private WorkingCopies(Path root, VolumeStore store) {
        this.root = root;
        this.store = store;
    }

    static WorkingCopies open(Path root) throws IOException {
        VolumeStore store = VolumeStore.open(root.resolve("volumes"));
        Files.createDirectories(root.resolve("notes"));
        Files.createDirectories(root.resolve("locks"));
        return new WorkingCopies(root, store);
    }

    /**
     * What is known of a volume's copy.
     *
     * @param at the token of what was published last; null for nothing
     * @param next the token of what is being published; null for nothing
     * @param pending packs that are being published with it
     * @param deleting whether the volume is being deleted
     */
    record Note(@Nullable String at, @Nullable String next, List<String> pending, boolean deleting) {
        static final Note NONE = new Note(null, null, List.of(), false);

        Note {
            pending = pending == null ? List.of() : List.copyOf(pending);
        }

        /** Whether the working copy was made of, or went into, what has this token. */
        boolean fits(String token) {
            return token.equals(at) || token.equals(next);
        }
    }

    VolumeStore store() {
        return store;
    }

    boolean exists(VolumeId volume) {
        return store.exists(volume);
    }

    FileLock lock(VolumeId volume) {
        try {
            return FileLock.take(root.resolve("locks").resolve(volume.value()), PATIENCE)
                    .orElseThrow(() -> new ProviderException(
                            ProviderException.Kind.UNAVAILABLE, root.resolve("locks") + " is not there"));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ProviderException(
                    ProviderException.Kind.UNAVAILABLE, "interrupted while volume " + volume + " was in use", e);
        }
    }

    private Path noteFile(VolumeId volume) {
        return root.resolve("notes").resolve(volume.value() + ".json");
    }

    Note note(VolumeId volume) {
        return read(noteFile(volume));
    }

    private static Note read(Path file) {
        try {
            return JsonFile.read(file, Note.class).orElse(Note.NONE);
        } catch (JacksonException e) {
            return Note.NONE;
        }
    }

    void note(VolumeId volume, Note note) {
        JsonFile.write(noteFile(volume), note, Durability.POWER);
    }

    /** Forgets a volume that is gone; its lock is held. */
    void forget(VolumeId volume) throws IOException {
        Files.deleteIfExists(noteFile(volume));
        Files.deleteIfExists(root.resolve("locks").resolve(volume.value()));
    }

    /** The packs of publications that have not ended. */
    Set<String> pending() throws IOException {
        Set<String> pending = new HashSet<>();
        for (Path file : notes()) {
            pending.addAll(read(file).pending());
        }
        return pending;
    }

    /** The volumes whose deletion has not ended. */
    List<VolumeId> deleting() throws IOException {
        List<VolumeId> deleting = new ArrayList<>();
        for (Path file : notes()) {
            if (read(file).deleting()) {
                String name = file.getFileName().toString();
                deleting.add(new VolumeId(name.substring(0, name.length() - ".json".length())));
            }
        }
        return deleting;
    }

    private List<Path> notes() throws IOException {
        List<Path> files = new ArrayList<>();
        try (DirectoryStream<Path> all = Files.newDirectoryStream(root.resolve("notes"), "*.json")) {
            all.forEach(files::add);
        }
        return files;
    }

    VolumeState state(VolumeId volume) {
        Path file = store.directory(volume).state();
        try {
            return JsonFile.read(file, VolumeState.class).orElseThrow(() -> unreadable(file));
        } catch (JacksonException e) {
            throw unreadable(file);
        }
    }

    private static DamagedVolumeException unreadable(Path file) {
        return new DamagedVolumeException(Code.MARKER_UNREADABLE, file + " is not there or cannot be read");
    }

    /** A checkpoint of a working copy: what it is, where its files are, and under what key its pack belongs. */
    record Found(CheckpointManifest manifest, boolean removed, Path directory, String key) {}

    /** All checkpoints that a volume stands on. */
    List<Found> checkpoints(VolumeId volume) throws IOException {
        VolumeDirectory directory = store.directory(volume);
        History history = new History(directory, Volume.marker(directory));
        List<Found> found = new ArrayList<>();
        try (DirectoryStream<Path> all = Files.newDirectoryStream(directory.checkpoints())) {
            for (Path checkpoint : all) {
                String id = checkpoint.getFileName().toString();
                found.add(new Found(
                        history.layerHolder(id),
                        Files.exists(checkpoint.resolve(VolumeDirectory.REMOVED)),
                        checkpoint,
                        store.shared().keyOf(checkpoint).orElse(volume + "-" + id)));
            }
        }
        return found;
    }

    /** The files that hold manifests of removed checkpoints. */
    List<Path> past(VolumeId volume) throws IOException {
        Path past = store.directory(volume).past("any").resolveSibling(".");
        List<Path> files = new ArrayList<>();
        if (Files.isDirectory(past)) {
            try (DirectoryStream<Path> all = Files.newDirectoryStream(past, "*.json")) {
                all.forEach(files::add);
            }
        }
        return files;
    }

    /** Removes a working copy, if there is one, without a look at what was published of it. */
    void discard(VolumeId volume) throws IOException {
        if (Files.isDirectory(store.directory(volume).path())) {
            List<String> keys = store.shared().keysOf(store.directory(volume));
            Path doomed = store.withdraw(volume);
            store.shared().dropAll(keys, volume.value());
            store.trash().remove(doomed);
        }
    }

    /**
     * Makes the working copy of a volume anew, of what was published. Each checkpoint with files becomes a shared one, because another
     * volume may have it already, or come to need it.
     */
    void rebuild(PublishedVolume published, CopyStore copies) throws IOException {
        VolumeId volume = new VolumeId(published.marker().id());
        discard(volume);
        for (Entry entry : published.checkpoints()) {
            Optional<Pack> pack = entry.files();
            if (pack.isPresent()) {
                unpack(entry, pack.get(), volume, copies);
            }
        }
        store.make(
                published.marker(),
                published.state(),
                Step.Listener.NONE,
                new VolumeStore.Making(Step.PROVISION_PREPARED, Step.PROVISION_RENAMED, parts -> {
                    for (Entry entry : published.checkpoints()) {
                        Path checkpoint = parts.checkpoint(entry.manifest().id());
                        Pack pack = entry.pack();
                        if (pack != null) {
                            Files.createSymbolicLink(checkpoint, SharedLayers.link(pack.key()));
                        } else {
                            Files.createDirectory(checkpoint);
                            JsonFile.write(
                                    checkpoint.resolve(VolumeDirectory.MANIFEST), entry.manifest(), Durability.POWER);
                            mark(entry, checkpoint);
                        }
                    }
                    for (Path manifest : copies.past(volume)) {
                        Path copy = parts.past("any").resolveSibling(manifest.getFileName());
                        Files.createDirectories(copy.resolveSibling("."));
                        Files.copy(manifest, copy);
                    }
                    JsonFile.sync(parts.checkpoints());
                }));
        note(volume, new Note(published.token(), null, List.of(), false));
    }

    private void unpack(Entry entry, Pack pack, VolumeId volume, CopyStore copies) throws IOException {
        SharedLayers shared = store.shared();
        Path place = shared.at(pack.key());
        shared.refer(pack.key(), volume.value());
        if (!Files.isDirectory(place)) {
            Path making = store.scratch();
            LayerPack.unpack(copies.pack(pack.key()), pack, entry.manifest(), making);
            try {
                Files.move(making, place);
            } catch (FileSystemException e) {
                if (!Files.isDirectory(place)) {
                    throw e;
                }
                // Another volume that stands on it was faster.
                store.trash().discard(making);
            }
            JsonFile.sync(shared.root());
        }
        if (entry.manifest().volume().equals(volume.value())) {
            mark(entry, place);
        }
    }

    private static void mark(Entry entry, Path checkpoint) throws IOException {
        Path mark = checkpoint.resolve(VolumeDirectory.REMOVED);
        if (entry.removed() && !Files.exists(mark)) {
            Files.createFile(mark);
            JsonFile.sync(checkpoint);
        }
    }
}
