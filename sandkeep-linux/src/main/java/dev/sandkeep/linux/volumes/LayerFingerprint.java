package dev.sandkeep.linux.volumes;

import dev.sandkeep.linux.kernel.Directory;
import dev.sandkeep.linux.kernel.Directory.Entry;
import dev.sandkeep.linux.kernel.FileStatus;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.stream.Collectors;

/**
 * A digest by which a committed layer is known again, taken in bounded time: what the directories nearest to its top list, and
 * owner, mode, size and time of what is listed there.
 *
 * <p>Directories are read breadth-first, at most {@value #DIRECTORIES} of them, until {@value #ENTRIES} names were seen. A
 * directory with more names than are left of those counts with its own times and size only. So a loss, a truncation or a
 * replacement near the top is noticed for certain; one far below in a large tree is not.
 */
final class LayerFingerprint {
    /** How many directories are read at most. */
    static final int DIRECTORIES = 64;

    /** How many names are looked at at most. */
    static final int ENTRIES = 512;

    private static final String VERSION = "1:";
    private static final int LONGEST_PATH = 4000;

    private final MessageDigest digest = sha256();
    private final Queue<byte[]> directories = new ArrayDeque<>();
    private int entriesLeft = ENTRIES;
    private int directoriesLeft = DIRECTORIES - 1;

    private LayerFingerprint() {}

    /** The fingerprint of the files in {@code layers}, one after the other; empty when there are none. */
    static String of(List<Path> layers) {
        return layers.stream().map(LayerFingerprint::of).collect(Collectors.joining("+"));
    }

    private static String of(Path layer) {
        LayerFingerprint fingerprint = new LayerFingerprint();
        try (Directory root = Directory.open(layer)) {
            fingerprint.directories.add(new byte[0]);
            while (!fingerprint.directories.isEmpty()) {
                fingerprint.add(root, fingerprint.directories.remove());
            }
        }
        return VERSION + HexFormat.of().formatHex(fingerprint.digest.digest());
    }

    private void add(Directory root, byte[] path) {
        try (Directory directory = root.openBeneath(path)) {
            add(path);
            add(directory.status());
            digest.update((byte) (directory.isOpaque() ? 1 : 0));
            Optional<List<Entry>> entries = directory.entries(entriesLeft);
            digest.update((byte) (entries.isPresent() ? 1 : 0));
            if (entries.isPresent()) {
                entriesLeft -= entries.get().size();
                entries.get().stream()
                        .sorted(Comparator.comparing(Entry::name, Arrays::compareUnsigned))
                        .forEach(entry -> add(directory, path, entry));
            }
        }
    }

    private void add(Directory directory, byte[] path, Entry entry) {
        byte[] name = entry.name();
        add(name);
        directory.status(name).ifPresent(this::add);
        if (entry.directory() && directoriesLeft > 0 && path.length + name.length < LONGEST_PATH) {
            directoriesLeft--;
            directories.add(joined(path, name));
        }
    }

    private static byte[] joined(byte[] path, byte[] name) {
        ByteArrayOutputStream joined = new ByteArrayOutputStream();
        if (path.length > 0) {
            joined.writeBytes(path);
            joined.write('/');
        }
        joined.writeBytes(name);
        return joined.toByteArray();
    }

    private void add(byte[] bytes) {
        digest.update(ByteBuffer.allocate(4).putInt(0, bytes.length));
        digest.update(bytes);
    }

    private void add(FileStatus status) {
        // The size of a directory is the file system's own business, and changes when the tree is copied to another
        // one.
        digest.update(ByteBuffer.allocate(44)
                .putInt(status.mode())
                .putLong(status.uid())
                .putLong(status.gid())
                .putLong(status.isDirectory() ? 0 : status.size())
                .putLong(status.modifiedNanos())
                .putLong(status.special())
                .flip());
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
