package dev.sandkeep.linux.volumes;

import dev.sandkeep.linux.files.HostFailure;
import dev.sandkeep.spi.HostCheck;
import dev.sandkeep.spi.ProviderConfig;
import dev.sandkeep.spi.ProviderException;
import dev.sandkeep.spi.VolumeBackend;
import dev.sandkeep.spi.VolumeBackendFactory;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Volumes in a directory of this machine: {@code volumes} in the data directory, or where the setting {@value #SETTING} says
 * (an absolute path). What the file system can do is tried before it is used. Where no overlay can write to it, volumes are worked on
 * in {@code volumes-working} of the data directory, and copied: see {@link CopyingVolumeBackend}.
 */
public final class DirectoryVolumeBackendFactory implements VolumeBackendFactory {
    /** The setting that places the volumes elsewhere. */
    static final String SETTING = "volumes.directory";

    private static final System.Logger LOG = System.getLogger(DirectoryVolumeBackendFactory.class.getName());
    private static final String FILE_SYSTEM = "volumes.file-system";
    private static final String NEEDS_ROOT = "volumes keep files of many owners, which only root can";
    private static final long GIBIBYTE = 1L << 30;
    private static final long LITTLE_SPACE = 4 * GIBIBYTE;

    @Override
    public String name() {
        return "directory";
    }

    @Override
    public VolumeBackend open(ProviderConfig config) {
        return open(config, Step.Listener.NONE);
    }

    /** @param listener is told of each step; lets tests die between two of them */
    static VolumeBackend open(ProviderConfig config, Step.Listener listener) {
        if (!isRoot()) {
            throw new ProviderException(ProviderException.Kind.FAULT, NEEDS_ROOT + ": run the server as root");
        }
        Path root = root(config);
        if (!root.isAbsolute()) {
            throw new ProviderException(ProviderException.Kind.FAULT, notAbsolute(root));
        }
        return HostFailure.translated(() -> {
            Path trials = Files.createDirectories(root.resolve(VolumeStore.MAKING));
            List<String> refusals = StorageTrial.refusals(trials);
            if (refusals.isEmpty() && !CopyStore.isIn(root)) {
                return new DirectoryVolumeBackend(VolumeStore.open(root), InstantSource.system(), listener);
            }
            Path working = Files.createDirectories(working(config));
            Optional<HostCheck> unusable = whyNotCopied(root, trials, working, working, refusals);
            if (unusable.isPresent()) {
                throw new ProviderException(
                        ProviderException.Kind.FAULT,
                        unusable.get().detail() + ": " + unusable.get().remedy());
            }
            CopyStore copies = CopyStore.open(root);
            WorkingCopies workingCopies = WorkingCopies.open(working.resolve(copies.id()));
            LOG.log(System.Logger.Level.WARNING, "event=volumes_are_copied reason=\"" + copied(root, config) + "\"");
            return new CopyingVolumeBackend(
                    copies,
                    workingCopies,
                    new DirectoryVolumeBackend(workingCopies.store(), InstantSource.system(), listener),
                    listener);
        });
    }

    /** Where volumes are worked on that are copied to their directory. */
    private static Path working(ProviderConfig config) {
        return config.dataDirectory().resolve("volumes-working");
    }

    /**
     * Why volumes cannot even be copied; empty when they can.
     *
     * @param trials a directory of the file system that holds {@code root}
     * @param workingTrials a directory of the file system that holds {@code working}
     * @param refusals why overlays cannot write there
     */
    private static Optional<HostCheck> whyNotCopied(
            Path root, Path trials, Path working, Path workingTrials, List<String> refusals) throws IOException {
        if (Files.exists(root.resolve(VolumeStore.IDENTITY))) {
            return Optional.of(HostCheck.failed(
                    FILE_SYSTEM,
                    root + " holds volumes that overlays wrote to, and its file system cannot be written to by them: "
                            + String.join("; ", refusals),
                    "move it to ext4, XFS or Btrfs, with all attributes"));
        }
        List<String> always = StorageTrial.refusalsOfCopies(trials);
        if (!always.isEmpty()) {
            return Optional.of(HostCheck.failed(
                    FILE_SYSTEM,
                    "the file system of " + root + " cannot be used for volumes at all: " + String.join("; ", always),
                    "set " + SETTING + " to a directory on ext4, XFS or Btrfs"));
        }
        List<String> nowhere = StorageTrial.refusals(workingTrials);
        if (!nowhere.isEmpty()) {
            return Optional.of(HostCheck.failed(
                    FILE_SYSTEM,
                    "the file system of " + root
                            + " cannot store volumes, only copies of them, and neither can that of " + working + ": "
                            + String.join("; ", nowhere),
                    "use a data directory, or set " + SETTING + " to a directory, on ext4, XFS or Btrfs"));
        }
        return Optional.empty();
    }

    private static String copied(Path root, ProviderConfig config) {
        return "volumes are worked on in " + working(config) + " and copied to " + root
                + " at every checkpoint, because overlays cannot write there";
    }

    private static boolean isRoot() {
        return "root".equals(System.getProperty("user.name"));
    }

    private static Path root(ProviderConfig config) {
        return config.setting(SETTING)
                .map(Path::of)
                .orElseGet(() -> config.dataDirectory().resolve("volumes"));
    }

    private static String notAbsolute(Path root) {
        return SETTING + " must be an absolute path, was '" + root + "'";
    }

    @Override
    public List<HostCheck> diagnose(ProviderConfig config) {
        if (!isRoot()) {
            return List.of(HostCheck.failed("volumes.root", NEEDS_ROOT, "run the server as root"));
        }
        Path root = root(config);
        if (!root.isAbsolute()) {
            return List.of(HostCheck.failed("volumes.directory", notAbsolute(root), "set " + SETTING + " to one"));
        }
        Path existing = root;
        while (!Files.isDirectory(existing)) {
            Path parent = existing.getParent();
            if (Files.exists(existing) || parent == null) {
                return List.of(HostCheck.failed(
                        "volumes.directory", existing + " is not a directory", "set " + SETTING + " to one"));
            }
            existing = parent;
        }
        List<HostCheck> checks = new ArrayList<>();
        checks.add(HostCheck.ok(
                "volumes.directory",
                root.equals(existing) ? root + " is there" : root + " will be made in " + existing));
        try {
            checks.add(fileSystem(config, root, existing));
            checks.add(space(existing));
        } catch (IOException e) {
            checks.add(HostCheck.failed(
                    FILE_SYSTEM,
                    "nothing could be tried in " + existing + ": " + e.getMessage(),
                    "make it writable, or set " + SETTING + " to another directory"));
        }
        return checks;
    }

    private static HostCheck fileSystem(ProviderConfig config, Path root, Path existing) throws IOException {
        List<String> refusals = StorageTrial.refusals(existing);
        String type = Files.getFileStore(existing).type();
        if (!refusals.isEmpty() || CopyStore.isIn(root)) {
            Path working = working(config);
            return whyNotCopied(root, existing, working, nearestDirectory(working), refusals)
                    .orElseGet(() -> HostCheck.warning(
                            FILE_SYSTEM,
                            copied(root, config)
                                    + (refusals.isEmpty()
                                            ? " when it was made"
                                            : " (" + type + ": " + String.join("; ", refusals) + ")"),
                            "none needed; for checkpoints that copy nothing, set " + SETTING
                                    + " to another directory, on ext4, XFS or Btrfs"));
        }
        if (type.equals("tmpfs") || type.equals("ramfs")) {
            return HostCheck.warning(
                    FILE_SYSTEM,
                    root + " is on " + type + ", which is gone when the machine stops",
                    "set " + SETTING + " to a directory on a disk");
        }
        return HostCheck.ok(FILE_SYSTEM, root + " is on " + type + ", which can store volumes");
    }

    private static Path nearestDirectory(Path path) {
        Path existing = path;
        while (!Files.isDirectory(existing)) {
            existing = existing.resolveSibling("..").normalize();
        }
        return existing;
    }

    private static HostCheck space(Path existing) throws IOException {
        FileStore store = Files.getFileStore(existing);
        long free = store.getUsableSpace();
        String found = "%.1f GiB free of %.1f GiB"
                .formatted((double) free / GIBIBYTE, (double) store.getTotalSpace() / GIBIBYTE);
        return free < LITTLE_SPACE
                ? HostCheck.warning("volumes.space", found, "make room on the file system of " + existing)
                : HostCheck.ok("volumes.space", found);
    }
}
