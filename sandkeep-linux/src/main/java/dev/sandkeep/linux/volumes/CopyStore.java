package dev.sandkeep.linux.volumes;

import dev.sandkeep.linux.files.JsonFile;
import dev.sandkeep.linux.files.JsonFile.Durability;
import dev.sandkeep.linux.kernel.Directory;
import dev.sandkeep.linux.volumes.PublishedVolume.Entry;
import dev.sandkeep.linux.volumes.PublishedVolume.Pack;
import dev.sandkeep.spi.ProviderException;
import dev.sandkeep.spi.VolumeDamage.Code;
import dev.sandkeep.spi.VolumeId;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import tools.jackson.core.JacksonException;

/**
 * The directory for volumes on a file system that no overlay can write to: plain files with plain names, each written beside its place
 * and renamed.
 *
 * <pre>
 * &lt;volumes&gt;/.copies.json                 what this directory is
 * &lt;volumes&gt;/.packs/&lt;vol id&gt;-&lt;chk id&gt;       the {@linkplain LayerPack files} of a checkpoint, for each volume that stands on it
 * &lt;volumes&gt;/.new/, .trash/               what comes and goes
 * &lt;volumes&gt;/&lt;vol id&gt;/volume.json         {@link PublishedVolume}
 * &lt;volumes&gt;/&lt;vol id&gt;/past/&lt;chk id&gt;.json  manifests of removed checkpoints
 * </pre>
 */
final class CopyStore {
    static final String IDENTITY = ".copies.json";

    private static final int FORMAT = 1;
    private static final String MAKING = ".new";

    private final Path root;
    private final Identity identity;

    private CopyStore(Path root, Identity identity) {
        this.root = root;
        this.identity = identity;
    }

    /** {@code .copies.json}. */
    private record Identity(int format, String id) {}

    /** Whether {@code root} holds copies. */
    static boolean isIn(Path root) {
        return Files.exists(root.resolve(IDENTITY));
    }

    /** Opens the store in {@code root}, making it when absent. */
    static CopyStore open(Path root) throws IOException {
        for (String part : List.of(MAKING, ".trash", ".packs")) {
            Files.createDirectories(root.resolve(part));
        }
        Optional<Identity> existing = identity(root);
        if (existing.isEmpty()) {
            JsonFile.write(
                    root.resolve(IDENTITY),
                    new Identity(FORMAT, UUID.randomUUID().toString()),
                    Durability.POWER);
            existing = identity(root);
        }
        Identity identity =
                existing.orElseThrow(() -> new IOException(root.resolve(IDENTITY) + " could not be read back"));
        if (identity.format() > FORMAT) {
            throw new ProviderException(
                    ProviderException.Kind.FAULT,
                    root + " was written by a newer version of Sandkeep, in format " + identity.format()
                            + ": run that version, or choose another directory for volumes");
        }
        return new CopyStore(root, identity);
    }

    private static Optional<Identity> identity(Path root) {
        try {
            return JsonFile.read(root.resolve(IDENTITY), Identity.class);
        } catch (JacksonException e) {
            throw new ProviderException(
                    ProviderException.Kind.FAULT,
                    root.resolve(IDENTITY) + " cannot be read: if this is a directory for volumes, restore that file",
                    e);
        }
    }

    /** Of this store, wherever it is mounted. */
    String id() {
        return identity.id();
    }

    private Path directory(String volume) {
        return root.resolve(volume);
    }

    private static Path file(Path directory) {
        return directory.resolve("volume.json");
    }

    Path pack(String key) {
        return root.resolve(".packs").resolve(key);
    }

    /** Where the manifest of a removed checkpoint is. */
    Path past(VolumeId volume, String checkpoint) {
        return directory(volume.value()).resolve("past").resolve(checkpoint + ".json");
    }

    /** @throws ProviderException {@code UNAVAILABLE} when the store itself is not there */
    boolean exists(VolumeId volume) {
        if (Files.isDirectory(directory(volume.value()))) {
            return true;
        }
        requireThere();
        return false;
    }

    private void requireThere() {
        if (identity(root).filter(identity::equals).isEmpty()) {
            throw new ProviderException(
                    ProviderException.Kind.UNAVAILABLE,
                    root + " is not the directory for volumes that was opened: is it mounted?");
        }
    }

    /**
     * What is durable of a volume; empty when there is none.
     *
     * @throws DamagedVolumeException when it is there and cannot be believed
     */
    Optional<PublishedVolume> read(VolumeId volume) throws IOException {
        if (!exists(volume)) {
            return Optional.empty();
        }
        Path file = file(directory(volume.value()));
        PublishedVolume published = parsed(file)
                .orElseThrow(() ->
                        new DamagedVolumeException(Code.MARKER_UNREADABLE, file + " is not there or cannot be read"));
        if (published.format() > PublishedVolume.FORMAT) {
            throw new DamagedVolumeException(
                    Code.MARKER_UNREADABLE, file + " was written by a newer version, in format " + published.format());
        }
        if (!published.marker().id().equals(volume.value())) {
            throw new DamagedVolumeException(
                    Code.FOREIGN,
                    file + " says that this is volume " + published.marker().id());
        }
        for (Entry entry : published.checkpoints()) {
            Pack pack = entry.pack();
            if (pack != null) {
                LayerPack.requireThere(pack(pack.key()), pack);
            }
        }
        if (published.state().checkpoint() != null && published.point().isEmpty()) {
            throw new DamagedVolumeException(
                    Code.CHECKPOINT_MISSING,
                    file + " does not describe checkpoint " + published.state().checkpoint());
        }
        return Optional.of(published);
    }

    private static Optional<PublishedVolume> parsed(Path file) {
        try {
            return JsonFile.read(file, PublishedVolume.class);
        } catch (JacksonException e) {
            return Optional.empty();
        }
    }

    /** The manifest of a removed checkpoint. */
    Optional<CheckpointManifest> remembered(VolumeId volume, String checkpoint) {
        return JsonFile.read(past(volume, checkpoint), CheckpointManifest.class);
    }

    /** The files that hold manifests of removed checkpoints. */
    List<Path> past(VolumeId volume) throws IOException {
        Path past = directory(volume.value()).resolve("past");
        if (!Files.isDirectory(past)) {
            return List.of();
        }
        try (Stream<Path> all = Files.list(past)) {
            return all.filter(it -> it.getFileName().toString().endsWith(".json"))
                    .toList();
        }
    }

    /**
     * Makes {@code volume} what is durable, in one step.
     *
     * @param past manifests to remember before
     */
    void publish(PublishedVolume volume, List<Path> past) throws IOException {
        Path directory = directory(volume.marker().id());
        if (Files.isDirectory(directory)) {
            remember(directory, past);
            JsonFile.write(file(directory), volume, Durability.POWER);
            return;
        }
        requireThere();
        Path making = Files.createDirectory(
                root.resolve(MAKING).resolve(UUID.randomUUID().toString()));
        remember(making, past);
        JsonFile.write(file(making), volume, Durability.POWER);
        Files.move(making, directory);
        JsonFile.sync(root);
    }

    private static void remember(Path directory, List<Path> past) throws IOException {
        Path target = directory.resolve("past");
        for (Path manifest : past) {
            Path copy = target.resolve(manifest.getFileName().toString());
            if (!Files.exists(copy)) {
                Files.createDirectories(target);
                JsonFile.write(
                        copy, JsonFile.read(manifest, CheckpointManifest.class).orElseThrow(), Durability.POWER);
            }
        }
    }

    /** Removes a volume; its packs go with {@link #removeUnneeded}. */
    void withdraw(VolumeId volume) throws IOException {
        Path trash = root.resolve(".trash");
        Path doomed = Files.move(
                directory(volume.value()), trash.resolve(UUID.randomUUID().toString()));
        JsonFile.sync(root);
        remove(doomed);
    }

    private static void remove(Path doomed) throws IOException {
        try (Directory parent = Directory.open(doomed.resolveSibling("."))) {
            parent.removeTree(Directory.bytes(doomed.getFileName().toString()));
        }
    }

    List<VolumeId> list() throws IOException {
        requireThere();
        List<VolumeId> volumes = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(root, VolumeStore::isVolume)) {
            for (Path entry : entries) {
                volumes.add(new VolumeId(entry.getFileName().toString()));
            }
        }
        return volumes;
    }

    /** Says which packs are about to be published. */
    interface Pending {
        Set<String> packs() throws IOException;
    }

    /**
     * Removes the packs that no volume needs. What is needed is looked at after what is there, and what is pending before what is
     * published: so a pack that moves from one to the other meanwhile is seen.
     */
    void removeUnneeded(Pending pending) throws IOException {
        List<Path> packs = new ArrayList<>();
        try (DirectoryStream<Path> all = Files.newDirectoryStream(root.resolve(".packs"))) {
            all.forEach(packs::add);
        }
        Set<String> needed = new HashSet<>(pending.packs());
        for (VolumeId volume : list()) {
            Optional<PublishedVolume> published = parsed(file(directory(volume.value())));
            if (published.isEmpty() && Files.isDirectory(directory(volume.value()))) {
                // What a volume needs that cannot be read is not known.
                return;
            }
            published.ifPresent(it ->
                    it.checkpoints().forEach(entry -> entry.files().ifPresent(pack -> needed.add(pack.key()))));
        }
        for (Path pack : packs) {
            String name = pack.getFileName().toString();
            String key = name.endsWith(".part") ? name.substring(0, name.length() - 5) : name;
            if (!needed.contains(key)) {
                Files.deleteIfExists(pack);
            }
        }
    }

    /** Removes what servers that died left half made or half removed. */
    void sweep(Pending pending) throws IOException {
        requireThere();
        for (String part : List.of(MAKING, ".trash")) {
            try (DirectoryStream<Path> left = Files.newDirectoryStream(root.resolve(part))) {
                for (Path entry : left) {
                    if (part.equals(".trash") || VolumeStore.isLongForgotten(entry)) {
                        remove(entry);
                    }
                }
            } catch (NoSuchFileException gone) {
                requireThere();
            }
        }
        removeUnneeded(pending);
    }
}
