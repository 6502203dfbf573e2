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

/**
 * Volumes in a directory of this machine: {@code volumes} in the data directory, or where the setting {@value #SETTING} says
 * (an absolute path). The file system must be one that an overlay can be written to; that is tried before it is used.
 */
public final class DirectoryVolumeBackendFactory implements VolumeBackendFactory {
    /** The setting that places the volumes elsewhere. */
    static final String SETTING = "volumes.directory";

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
            VolumeStore store = VolumeStore.open(root);
            List<String> refusals = StorageTrial.refusals(root.resolve(VolumeStore.MAKING));
            if (!refusals.isEmpty()) {
                throw new ProviderException(ProviderException.Kind.FAULT, unusable(root, refusals));
            }
            return new DirectoryVolumeBackend(store, InstantSource.system(), listener);
        });
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

    private static String unusable(Path root, List<String> refusals) {
        return "the file system of " + root + " cannot store volumes: " + String.join("; ", refusals)
                + "; use a directory on ext4, XFS or Btrfs";
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
            checks.add(fileSystem(root, existing));
            checks.add(space(existing));
        } catch (IOException e) {
            checks.add(HostCheck.failed(
                    "volumes.file-system",
                    "nothing could be tried in " + existing + ": " + e.getMessage(),
                    "make it writable, or set " + SETTING + " to another directory"));
        }
        return checks;
    }

    private static HostCheck fileSystem(Path root, Path existing) throws IOException {
        List<String> refusals = StorageTrial.refusals(existing);
        String type = Files.getFileStore(existing).type();
        if (!refusals.isEmpty()) {
            return HostCheck.failed(
                    "volumes.file-system",
                    unusable(root, refusals),
                    "set " + SETTING + " to a directory on ext4, XFS or Btrfs");
        }
        if (type.equals("tmpfs") || type.equals("ramfs")) {
            return HostCheck.warning(
                    "volumes.file-system",
                    root + " is on " + type + ", which is gone when the machine stops",
                    "set " + SETTING + " to a directory on a disk");
        }
        return HostCheck.ok("volumes.file-system", root + " is on " + type + ", which can store volumes");
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
