package dev.sandkeep.linux.layers;

import static dev.sandkeep.linux.kernel.Directory.bytes;

import dev.sandkeep.linux.files.JsonFile;
import dev.sandkeep.linux.files.JsonFile.Durability;
import dev.sandkeep.linux.kernel.Directory;
import dev.sandkeep.linux.kernel.HostProcess;
import dev.sandkeep.spi.IdRange;
import dev.sandkeep.spi.ImageId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The layers of one data directory.
 *
 * <p>A new layer is prepared under {@code tmp}, its file system is synced, and one rename makes it visible. A crash before
 * the rename leaves something under {@code tmp}; a crash after it leaves a complete layer.
 */
public final class LayerStore {
    private static final String DESCRIPTION = "layer.json";
    private static final String DIFF = "diff";
    private static final String MERGED = "merged";
    private static final String PREPARED = "layer-";
    /** A start that had read the chain before a merge has mounted it by then. */
    private static final Duration START_TAKES_AT_MOST = Duration.ofMinutes(5);

    private static final HostProcess SELF =
            HostProcess.find(ProcessHandle.current().pid()).orElseThrow();

    private final Path layers;
    private final Path tmp;

    /** Opens the store of {@code data}, making its directories when absent. Only root may look into them. */
    public LayerStore(Path data) {
        this.layers = data.resolve("layers");
        this.tmp = data.resolve("tmp");
        try {
            for (Path directory : List.of(layers, tmp)) {
                Files.createDirectories(
                        directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the layer store in " + data + " could not be opened", e);
        }
    }

    /**
     * A layer's description.
     *
     * @param mergedAt when it was merged with layers below it; {@code parent} and {@code owner} are those of the merged files
     * @param formerParent what was below it until then
     */
    private record Description(
            @Nullable String parent,
            long owner,
            @Nullable String digest,
            String createdAt,
            @Nullable String mergedAt,
            @Nullable String formerParent) {}

    /** The layer {@code id}; empty when there is none. */
    public Optional<Layer> find(ImageId id) {
        Path directory = layers.resolve(id.value());
        return JsonFile.read(directory.resolve(DESCRIPTION), Description.class)
                .map(description -> layer(id, directory, description));
    }

    private static Layer layer(ImageId id, Path directory, Description description) {
        Optional<Layer.Former> former = Optional.ofNullable(description.mergedAt())
                .map(at -> new Layer.Former(
                        Optional.ofNullable(description.formerParent()).map(ImageId::new),
                        directory.resolve(DIFF),
                        Instant.parse(at)));
        return new Layer(
                id,
                Optional.ofNullable(description.parent()).map(ImageId::new),
                new IdRange(description.owner()),
                Optional.ofNullable(description.digest()),
                Instant.parse(description.createdAt()),
                directory.resolve(former.isPresent() ? MERGED : DIFF),
                former);
    }

    /**
     * The layer {@code id} and all below it, topmost first; empty when there is no such layer.
     *
     * @throws IllegalStateException when a layer below is missing: the store was damaged from outside
     */
    public List<Layer> chain(ImageId id) {
        List<Layer> chain = new ArrayList<>();
        Optional<ImageId> next = Optional.of(id);
        while (next.isPresent()) {
            Optional<Layer> layer = find(next.get());
            if (layer.isEmpty()) {
                if (chain.isEmpty()) {
                    return List.of();
                }
                throw new IllegalStateException(
                        "layer " + next.get() + " under image " + id + " is missing from " + layers);
            }
            chain.add(layer.get());
            next = layer.get().parent();
        }
        return chain;
    }

    /**
     * The directories of layers that a compute may have mounted.
     *
     * @param image it started from
     * @param started when
     */
    public Set<Path> mayBeMounted(ImageId image, Instant started) {
        Set<Path> found = new HashSet<>();
        Set<ImageId> seen = new HashSet<>();
        Deque<ImageId> ahead = new ArrayDeque<>(List.of(image));
        while (!ahead.isEmpty()) {
            ImageId next = ahead.pop();
            Optional<Layer> layer = seen.add(next) ? find(next) : Optional.empty();
            layer.ifPresent(it -> found.add(it.diff()));
            layer.flatMap(Layer::parent).ifPresent(ahead::push);
            layer.flatMap(Layer::former)
                    .filter(former -> started.isBefore(former.until().plus(START_TAKES_AT_MOST)))
                    .ifPresent(former -> {
                        found.add(former.diff());
                        former.parent().ifPresent(ahead::push);
                    });
        }
        return found;
    }

    /** The directory of everything that belongs to the layer {@code id}. */
    public Path directory(ImageId id) {
        return layers.resolve(id.value());
    }

    /** All layers, in no order. */
    public List<Layer> list() {
        List<Layer> found = new ArrayList<>();
        try (DirectoryStream<Path> names = Files.newDirectoryStream(layers)) {
            for (Path name : names) {
                find(new ImageId(name.getFileName().toString())).ifPresent(found::add);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(layers + " could not be listed", e);
        }
        return found;
    }

    /** A fresh private directory for what becomes a layer, with an empty {@code diff} in it. */
    public Path prepare() {
        // Named by this process, so that what it leaves when it dies is known for what it is.
        Path directory = tmp.resolve(PREPARED + SELF.pid() + "-" + SELF.startTicks() + "-" + UUID.randomUUID());
        try {
            Files.createDirectories(directory.resolve(DIFF));
            return directory;
        } catch (IOException e) {
            throw new UncheckedIOException(directory + " could not be made", e);
        }
    }

    /** Where {@link #prepare} put the files of a layer to be. */
    public static Path files(Path prepared) {
        return prepared.resolve(DIFF);
    }

    /**
     * Makes {@code upper}, an overlay's writable directory that nobody writes to any more, the layer {@code id}: flushed, then
     * renamed, never copied. When the layer exists already, nothing is done.
     */
    public Layer commit(ImageId id, Optional<ImageId> parent, IdRange owner, Path upper) {
        Optional<Layer> existing = find(id);
        if (existing.isPresent()) {
            return existing.get();
        }
        // The name is the image's, so that a repetition finds what a death between the two renames left.
        Path prepared = tmp.resolve("commit-" + id);
        try {
            if (!Files.exists(prepared.resolve(DIFF))) {
                Files.createDirectories(prepared);
                describe(prepared, parent, owner, Optional.empty());
                try (Directory files = Directory.open(upper)) {
                    files.syncFileSystem();
                }
                Files.move(upper, prepared.resolve(DIFF));
            }
            JsonFile.sync(prepared);
            return publish(prepared, id);
        } catch (IOException e) {
            throw new UncheckedIOException("layer " + id + " could not be committed", e);
        }
    }

    /** Makes what was put under {@link #files(Path)} of {@code prepared} a base layer, after flushing it. */
    public Layer commitBase(ImageId id, Path prepared, String digest) {
        return commitPrepared(id, Optional.empty(), prepared, digest);
    }

    /**
     * Makes what was put under {@link #files(Path)} of {@code prepared}, in the host's ids, the layer {@code id}, after flushing it.
     *
     * @param digest of the content that it was made from
     */
    public Layer commitPrepared(ImageId id, Optional<ImageId> parent, Path prepared, String digest) {
        try {
            describe(prepared, parent, IdRange.HOST, Optional.of(digest));
            try (Directory files = Directory.open(prepared)) {
                files.syncFileSystem();
            }
            return publish(prepared, id);
        } catch (IOException e) {
            throw new UncheckedIOException("layer " + id + " could not be committed", e);
        }
    }

    /**
     * Lets the layer {@code id} be what was put under {@link #files(Path)} of {@code prepared}, in the host's ids: the same content
     * as before, on a layer further down. Its former files stay for those who have mounted them, until {@link #dropFormer}.
     *
     * @return false when the layer is gone, or was merged before
     */
    public boolean replaceMerged(ImageId id, Optional<ImageId> parent, Path prepared) {
        Path directory = directory(id);
        Optional<Layer> layer = find(id);
        if (layer.isEmpty() || layer.get().former().isPresent()) {
            return false;
        }
        try (Directory files = Directory.open(prepared)) {
            files.syncFileSystem();
        }
        try {
            Path merged = directory.resolve(MERGED);
            if (Files.exists(merged)) {
                // Left by a server that died before it could say so.
                discard(retire(merged));
            }
            Files.move(files(prepared), merged);
            JsonFile.sync(directory);
            JsonFile.write(
                    directory.resolve(DESCRIPTION),
                    new Description(
                            parent.map(ImageId::value).orElse(null),
                            IdRange.HOST.first(),
                            layer.get().digest().orElse(null),
                            layer.get().createdAt().toString(),
                            Instant.now().toString(),
                            layer.get().parent().map(ImageId::value).orElse(null)),
                    Durability.POWER);
            return true;
        } catch (NoSuchFileException gone) {
            return false;
        } catch (IOException e) {
            throw new UncheckedIOException("layer " + id + " could not be replaced by a merged one", e);
        }
    }

    /** Removes the files that {@code layer} had before it was merged, if they are still there. */
    public void dropFormer(Layer layer) {
        layer.former().map(Layer.Former::diff).filter(Files::exists).ifPresent(diff -> discard(retire(diff)));
    }

    private static void describe(Path prepared, Optional<ImageId> parent, IdRange owner, Optional<String> digest) {
        JsonFile.write(
                prepared.resolve(DESCRIPTION),
                new Description(
                        parent.map(ImageId::value).orElse(null),
                        owner.first(),
                        digest.orElse(null),
                        Instant.now().toString(),
                        null,
                        null),
                Durability.POWER);
    }

    private Layer publish(Path prepared, ImageId id) throws IOException {
        Files.move(prepared, layers.resolve(id.value()));
        JsonFile.sync(layers);
        Layer layer = find(id).orElseThrow(() -> new IllegalStateException("layer " + id + " vanished"));
        // Whoever removes a layer looks for others on it afterwards; whoever adds one looks for what it stands on. One
        // sees.
        if (layer.parent().filter(parent -> find(parent).isEmpty()).isPresent()) {
            remove(id);
            throw new IllegalStateException("what layer " + id + " stands on was removed while it was made");
        }
        return layer;
    }

    /** A layer that stands on {@code id}. */
    public Optional<ImageId> childOf(ImageId id) {
        return list().stream()
                .filter(layer -> layer.parent().equals(Optional.of(id)))
                .map(Layer::id)
                .findFirst();
    }

    /**
     * Takes the layer {@code id} out of the store and removes its files, unless another stands on it, also one that is being added at
     * this moment.
     *
     * @return the other one; empty when {@code id} is gone
     */
    public Optional<ImageId> removeUnlessParent(ImageId id) {
        Optional<ImageId> child = childOf(id);
        if (child.isPresent() || find(id).isEmpty()) {
            return child;
        }
        Path doomed = retire(directory(id));
        child = childOf(id);
        if (child.isEmpty()) {
            discard(doomed);
            return child;
        }
        try {
            Files.move(doomed, directory(id));
        } catch (IOException e) {
            throw new UncheckedIOException("layer " + id + " could not be put back under " + child.get(), e);
        }
        return child;
    }

    /** Takes the layer {@code id} out of the store and removes its files. Does nothing when it is gone. */
    public void remove(ImageId id) {
        Path directory = layers.resolve(id.value());
        if (Files.exists(directory)) {
            Path doomed = tmp.resolve("removed-" + UUID.randomUUID());
            try {
                Files.move(directory, doomed);
            } catch (IOException e) {
                throw new UncheckedIOException("layer " + id + " could not be removed", e);
            }
            discard(doomed);
        }
    }

    /**
     * Removes what servers that died left under {@code tmp}: what was already on its way out, what they were preparing, and what
     * nobody touched for a day.
     */
    public void sweepUnfinished() {
        Instant old = Instant.now().minus(Duration.ofDays(1));
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(tmp)) {
            for (Path entry : entries) {
                String name = entry.getFileName().toString();
                if (name.startsWith("removed-")
                        || (name.startsWith(PREPARED) && !preparerLives(name))
                        || Files.getLastModifiedTime(entry).toInstant().isBefore(old)) {
                    discard(entry);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(tmp + " could not be swept", e);
        }
    }

    private static boolean preparerLives(String name) {
        String[] parts = name.substring(PREPARED.length()).split("-", 3);
        return parts.length == 3
                && parts[0].chars().allMatch(Character::isDigit)
                && parts[1].chars().allMatch(Character::isDigit)
                && new HostProcess(Long.parseLong(parts[0]), Long.parseLong(parts[1])).alive();
    }

    /** Removes a directory under {@code tmp} with everything in it. */
    public void discard(Path prepared) {
        try (Directory directory = Directory.open(tmp)) {
            directory.removeTree(bytes(prepared.getFileName().toString()));
        }
    }

    /**
     * Moves a directory of the same file system out of sight in one rename, to be removed with {@link #discard}.
     *
     * @return where it is now
     */
    public Path retire(Path directory) {
        Path doomed = tmp.resolve("removed-" + UUID.randomUUID());
        try {
            Files.move(directory, doomed);
        } catch (IOException e) {
            throw new UncheckedIOException(directory + " could not be removed", e);
        }
        return doomed;
    }
}
