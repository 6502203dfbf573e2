package dev.sandkeep.linux.volumes;

import dev.sandkeep.linux.files.JsonFile;
import dev.sandkeep.linux.files.JsonFile.Durability;
import dev.sandkeep.linux.kernel.Directory;
import dev.sandkeep.linux.kernel.FileLock;
import dev.sandkeep.linux.kernel.FileStatus;
import dev.sandkeep.spi.ProviderException;
import dev.sandkeep.spi.VolumeId;
import dev.sandkeep.spi.VolumeSpec;
import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import tools.jackson.core.JacksonException;

/** The directory with all volumes: which there are, how one appears and vanishes, and the lock of each. */
final class VolumeStore {
    /** Where in the store a volume is made; what stays here for long belongs to nobody. */
    static final String MAKING = ".new";

    /** Says that a directory is a store. */
    static final String IDENTITY = ".store.json";

    private static final int FORMAT = 1;
    private static final FileAttribute<Set<PosixFilePermission>> PRIVATE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
    /** How long a merge or a removal by another server may hold a volume. */
    private static final Duration PATIENCE = Duration.ofMinutes(10);

    private static final Duration LONGEST_PROVISION = Duration.ofDays(1);

    private final Path root;
    private final Identity identity;
    private final Trash trash;
    private final SharedLayers shared;
    private final SizeLimits limits;
    private final VolumeSize.Committed sizes = new VolumeSize.Committed();

    private VolumeStore(Path root, Identity identity, SizeLimits limits) {
        this.root = root;
        this.limits = limits;
        this.identity = identity;
        this.trash = new Trash(root.resolve(".trash"));
        this.shared = new SharedLayers(root, trash);
    }

    /** What a volume begins with. */
    interface Beginning {
        void in(VolumeDirectory volume) throws IOException;
    }

    /**
     * How a volume is made.
     *
     * @param prepared is told when it is complete
     * @param renamed is told when it is there
     * @param beginning what it begins with
     */
    record Making(Step prepared, Step renamed, Beginning beginning) {
        static final Making EMPTY = new Making(Step.PROVISION_PREPARED, Step.PROVISION_RENAMED, volume -> {});
    }

    /** {@code .store.json}. */
    private record Identity(int format, String id) {}

    /** Opens the store in {@code root}, making it when absent. */
    static VolumeStore open(Path root) throws IOException {
        Files.createDirectories(root, PRIVATE);
        Files.createDirectories(root.resolve(MAKING), PRIVATE);
        Files.createDirectories(root.resolve(".trash"), PRIVATE);
        Files.createDirectories(root.resolve(".shared"), PRIVATE);
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
        return new VolumeStore(root, identity, SizeLimits.in(root.resolve(MAKING)));
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

    Trash trash() {
        return trash;
    }

    SharedLayers shared() {
        return shared;
    }

    SizeLimits limits() {
        return limits;
    }

    VolumeSize.Committed sizes() {
        return sizes;
    }

    /** A directory for files that belong to nobody yet, private and of a name of its own. */
    Path scratch() throws IOException {
        return Files.createDirectory(
                root.resolve(MAKING).resolve(UUID.randomUUID().toString()), PRIVATE);
    }

    VolumeDirectory directory(VolumeId volume) {
        return new VolumeDirectory(root.resolve(volume.value()));
    }

    /**
     * Whether the volume is there.
     *
     * @throws ProviderException {@code UNAVAILABLE} when the store itself is not: it was unmounted, and nothing can be said
     */
    boolean exists(VolumeId volume) {
        if (Files.isDirectory(directory(volume).path())) {
            return true;
        }
        if (identity(root).filter(identity::equals).isEmpty()) {
            throw new ProviderException(
                    ProviderException.Kind.UNAVAILABLE,
                    root + " is not the directory for volumes that was opened: is it mounted?");
        }
        return false;
    }

    /**
     * Takes the volume's lock.
     *
     * @return empty when there is no such volume
     */
    Optional<FileLock> lock(VolumeId volume) {
        if (!exists(volume)) {
            return Optional.empty();
        }
        try {
            Optional<FileLock> lock = FileLock.take(directory(volume).lock(), PATIENCE);
            if (lock.isEmpty()) {
                exists(volume);
            }
            return lock;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ProviderException(
                    ProviderException.Kind.UNAVAILABLE, "interrupted while volume " + volume + " was in use", e);
        }
    }

    /**
     * Makes a volume, which appears complete.
     *
     * @return false when there is one of that name
     */
    boolean make(VolumeSpec spec, VolumeState state, Step.Listener listener, Making how) throws IOException {
        return make(VolumeMarker.of(spec), state, listener, how);
    }

    /** As {@link #make(VolumeSpec, VolumeState, Step.Listener, Making)}, of what stands on disk elsewhere. */
    boolean make(VolumeMarker marker, VolumeState state, Step.Listener listener, Making how) throws IOException {
        Path making = scratch();
        VolumeDirectory parts = new VolumeDirectory(making);
        Files.createDirectory(parts.heads());
        Files.createDirectory(parts.checkpoints());
        Files.createFile(parts.lock());
        begin(how, parts);
        JsonFile.write(parts.state(), state, Durability.POWER);
        JsonFile.write(parts.marker(), marker, Durability.POWER);
        listener.done(how.prepared());
        try {
            Files.move(making, root.resolve(marker.id()));
        } catch (FileAlreadyExistsException | DirectoryNotEmptyException e) {
            trash.discard(making);
            return false;
        }
        JsonFile.sync(root);
        listener.done(how.renamed());
        return true;
    }

    /** What a beginning that cannot go on has brought in already goes at once. */
    private void begin(Making how, VolumeDirectory parts) throws IOException {
        try {
            how.beginning().in(parts);
        } catch (IOException | RuntimeException e) {
            try {
                trash.discard(parts.path());
            } catch (IOException | RuntimeException left) {
                e.addSuppressed(left);
            }
            throw e;
        }
    }

    /** Takes the volume out of the store, whose lock is held; what is returned is to be removed. */
    Path withdraw(VolumeId volume) throws IOException {
        Path doomed = trash.take(directory(volume).path());
        JsonFile.sync(root);
        return doomed;
    }

    List<VolumeId> list() throws IOException {
        List<VolumeId> volumes = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(root, VolumeStore::isVolume)) {
            for (Path entry : entries) {
                volumes.add(new VolumeId(entry.getFileName().toString()));
            }
        }
        if (volumes.isEmpty()) {
            // The same question as for one volume: is this store empty, or not there?
            exists(new VolumeId("none"));
        }
        return volumes;
    }

    /** Whether something in a store is a volume, and not the store's own. */
    static boolean isVolume(Path entry) {
        return entry.getFileName().toString().matches("[a-z0-9][a-z0-9_.]{0,62}") && Files.isDirectory(entry);
    }

    /** Whether something is so old that nobody can be about to make a volume of it. */
    static boolean isLongForgotten(Path entry) {
        Instant old = Instant.now().minus(LONGEST_PROVISION);
        return Directory.status(entry).filter(it -> modified(it).isBefore(old)).isPresent();
    }

    private static Instant modified(FileStatus status) {
        return Instant.EPOCH.plusNanos(status.modifiedNanos());
    }

    /** Removes what servers that died left half made or half removed. */
    void sweep() throws IOException {
        List<Path> left = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(root.resolve(MAKING))) {
            entries.forEach(left::add);
        }
        for (Path entry : left) {
            if (isLongForgotten(entry)) {
                trash.discard(entry);
            }
        }
        shared.sweep();
        trash.sweep();
    }
}
