package dev.sandkeep.linux.computes;

import static dev.sandkeep.linux.kernel.Directory.bytes;

import dev.sandkeep.linux.kernel.Descriptor;
import dev.sandkeep.linux.kernel.Directory;
import dev.sandkeep.linux.kernel.EntryCopy;
import dev.sandkeep.linux.kernel.Errno;
import dev.sandkeep.linux.kernel.FileStatus;
import dev.sandkeep.linux.kernel.KernelException;
import dev.sandkeep.linux.kernel.Mounts;
import dev.sandkeep.linux.kernel.Mounts.LowerStyle;
import dev.sandkeep.linux.kernel.Mounts.Writable;
import dev.sandkeep.linux.layers.Layer;
import dev.sandkeep.linux.slots.Slot;
import dev.sandkeep.spi.IdRange;
import dev.sandkeep.spi.VolumeMount;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Puts a compute's root file system together: one overlay of the image's layers under the compute's own writable directory, and
 * over each persisted path one more overlay, of the volume's directories on the same path of the same layers.
 *
 * <p>Lower layers are shown through id-mapped clones, so that files stored in any ids appear in the compute's. Upper directories
 * are not mapped: overlayfs would then only mount read-only. To be called where only this process sees
 * what is mounted; it is detached as soon as the container holds it.
 */
public final class RootFileSystem {
    private final LowerStyle style;

    /** @param style how this kernel takes lower layers, see {@link LowerStyleProbe} */
    public RootFileSystem(LowerStyle style) {
        this.style = style;
    }

    /** Whether access lists in layers come out with the right users and groups here; tried below {@code tmp}. */
    public boolean keepsAccessLists(Path tmp) {
        return AccessListProbe.keeps(tmp, style);
    }

    /** A persisted path cannot be mounted over this image. */
    public static final class UnusablePathException extends Exception {
        private static final long serialVersionUID = 1L;

        UnusablePathException(String message) {
            super(message);
        }
    }

    /**
     * Mounts everything at {@code bundle/rootfs}, writable in {@code bundle/upper}.
     *
     * @param layers of the image, topmost first
     */
    public void mount(Path bundle, List<Layer> layers, List<VolumeMount> persisted, Slot slot)
            throws UnusablePathException {
        Path upper = bundle.resolve("upper");
        Path root = bundle.resolve("rootfs");
        try {
            for (Path directory : List.of(upper, bundle.resolve("work"), root)) {
                Files.createDirectory(directory);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(bundle + " could not be prepared", e);
        }
        try (Lower lower = new Lower(bundle.resolve("lower"), slot)) {
            for (Layer layer : layers) {
                try (Directory files = Directory.open(layer.diff())) {
                    lower.add(files, layer.owner());
                }
            }
            lower.copyAttributes(upper);
            attach(lower, new Writable(upper, bundle.resolve("work")), root);
        }
        for (int index = 0; index < persisted.size(); index++) {
            mountPersisted(bundle, root, layers, persisted.get(index), index, slot);
        }
    }

    private void attach(Lower lower, Writable writable, Path target) {
        try (Directory directory = Directory.open(target)) {
            attach(lower, writable, directory);
        }
    }

    private void attach(Lower lower, Writable writable, Directory target) {
        switch (style) {
            case EACH_DETACHED -> {
                try (Descriptor overlay = Mounts.overlay(lower.clones, writable)) {
                    Mounts.attach(overlay, target);
                }
            }
            case JOINED_ATTACHED -> Mounts.mountOverlay(lower.clones, writable, target);
        }
    }

    private void mountPersisted(Path bundle, Path root, List<Layer> layers, VolumeMount mount, int index, Slot slot)
            throws UnusablePathException {
        String relative = mount.path().substring(1);
        try (Lower lower = new Lower(bundle.resolve("lower-" + index), slot)) {
            for (VolumeMount.Committed committed : mount.committed()) {
                try (Directory files = Directory.open(committed.directory())) {
                    lower.add(files, committed.owner());
                }
            }
            addImagePath(lower, layers, relative);
            if (lower.clones.isEmpty()) {
                lower.addEmpty();
            }
            prepareHead(mount, lower, slot.range());
            try (Directory target = mountPoint(root, relative, slot.range())) {
                attach(lower, new Writable(mount.upper(), mount.work()), target);
            }
        } catch (KernelException e) {
            if (e.errno() == Errno.ELOOP || e.errno() == Errno.ENOTDIR) {
                throw new UnusablePathException(
                        "the persisted path " + mount.path()
                                + " is not a plain directory in the image: make it one in the setup script, or choose another path");
            }
            throw e;
        }
    }

    /**
     * Adds what the layers hold at {@code relative}, as overlayfs would merge it: a layer that removed the path, or replaced it
     * or a directory above it, hides the layers below.
     */
    private static void addImagePath(Lower lower, List<Layer> layers, String relative) {
        for (Layer layer : layers) {
            try (Directory files = Directory.open(layer.diff())) {
                if (!addLayerPath(lower, files, layer.owner(), relative)) {
                    return;
                }
            }
        }
    }

    /** @return whether layers below may still show through */
    private static boolean addLayerPath(Lower lower, Directory files, IdRange owner, String relative) {
        List<Directory> opened = new ArrayList<>();
        try {
            Directory at = files;
            for (String component : relative.split("/", -1)) {
                Optional<FileStatus> status = at.status(bytes(component));
                if (status.isEmpty()) {
                    return opened.stream().noneMatch(Directory::isOpaque);
                }
                if (!status.get().isDirectory()) {
                    return false;
                }
                at = at.open(bytes(component));
                opened.add(at);
            }
            lower.add(at, owner);
            return opened.stream().noneMatch(Directory::isOpaque);
        } finally {
            opened.reversed().forEach(Directory::close);
        }
    }

    /** Opens the directory to mount over in the mounted root, making what is missing, following nothing. */
    private static Directory mountPoint(Path root, String relative, IdRange range) {
        Directory at = Directory.open(root);
        for (String component : relative.split("/", -1)) {
            Directory next;
            try (Directory parent = at) {
                boolean made = parent.makeDirectory(bytes(component), 0755);
                next = parent.open(bytes(component));
                if (made) {
                    next.owner(range.first(), range.first());
                }
            }
            at = next;
        }
        return at;
    }

    /** Gives a fresh head its attributes and its mark, in the order that {@link VolumeMount} asks for. */
    private static void prepareHead(VolumeMount mount, Lower lower, IdRange range) {
        try (Directory head = Directory.open(mount.head())) {
            FileStatus status = head.status();
            if (status.uid() == range.first()) {
                return;
            }
            lower.copyAttributes(mount.upper());
            head.owner(range.first(), range.first());
        }
    }

    /** The lower layers of one overlay while it is being mounted. */
    private final class Lower implements AutoCloseable {
        private final Path place;
        private final Slot slot;
        private final List<Descriptor> clones = new ArrayList<>();
        private final List<Path> places = new ArrayList<>();
        private Optional<Attributes> topmost = Optional.empty();

        /** @param place directory for what must be attached while mounting, made and removed here */
        Lower(Path place, Slot slot) {
            this.place = place;
            this.slot = slot;
        }

        void add(Directory files, IdRange owner) {
            if (clones.isEmpty()) {
                topmost = Optional.of(Attributes.of(files, owner, slot.range()));
            }
            Descriptor clone = owner.equals(slot.range())
                    ? Mounts.clone(files)
                    : Mounts.cloneMapped(files, slot.maps().of(owner));
            clones.add(clone);
            if (style == LowerStyle.JOINED_ATTACHED) {
                Path at = place.resolve(Integer.toString(places.size()));
                try {
                    Files.createDirectories(at);
                } catch (IOException e) {
                    throw new UncheckedIOException(at + " could not be made", e);
                }
                places.add(at);
                try (Directory target = Directory.open(at)) {
                    Mounts.attach(clone, target);
                }
            }
        }

        /** An empty layer, for a path that exists nowhere yet. */
        void addEmpty() {
            Path empty = place.resolveSibling(place.getFileName() + "-empty");
            try {
                Files.createDirectories(empty);
            } catch (IOException e) {
                throw new UncheckedIOException(empty + " could not be made", e);
            }
            try (Directory files = Directory.open(empty)) {
                files.permissions(0755);
                files.owner(slot.range().first(), slot.range().first());
                add(files, slot.range());
            }
        }

        void copyAttributes(Path upper) {
            try (Directory target = Directory.open(upper)) {
                topmost.ifPresent(attributes -> attributes.applyTo(target));
            }
        }

        @Override
        public void close() {
            clones.forEach(Descriptor::close);
            places.reversed().forEach(at -> {
                Mounts.detach(at);
                at.toFile().delete();
            });
            place.toFile().delete();
        }
    }

    /** A directory's own attributes, in the ids of the range that is to have them. */
    private record Attributes(FileStatus status, EntryCopy ids, Map<String, byte[]> extended) {
        private static final byte[] HERE = {'.'};

        static Attributes of(Directory directory, IdRange owner, IdRange range) {
            EntryCopy ids = new EntryCopy(id -> moved(id, owner, range));
            return new Attributes(directory.status(), ids, ids.attributes(directory, HERE));
        }

        void applyTo(Directory target) {
            target.owner(ids.translatedId(status.uid()), ids.translatedId(status.gid()));
            target.permissions(status.permissions());
            extended.forEach(target::attribute);
            target.modified(status.modifiedNanos());
        }

        private static long moved(long id, IdRange owner, IdRange range) {
            long inside = id - owner.first();
            return inside >= 0 && inside < IdRange.SIZE ? range.first() + inside : range.first();
        }
    }
}
