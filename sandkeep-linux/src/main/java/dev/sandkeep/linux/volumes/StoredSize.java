package dev.sandkeep.linux.volumes;

import dev.sandkeep.linux.kernel.Directory;
import dev.sandkeep.linux.kernel.Directory.Entry;
import dev.sandkeep.linux.kernel.Errno;
import dev.sandkeep.linux.kernel.FileStatus;
import dev.sandkeep.linux.kernel.KernelException;
import java.io.ByteArrayOutputStream;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/** Adds up what trees of files take on disk. What is removed while it looks counts as not there. */
final class StoredSize {
    private final Set<Long> linked = new HashSet<>();
    private long bytes;
    private long files;

    /** Allocated bytes of everything added, each hard-linked file once. */
    long bytes() {
        return bytes;
    }

    /** Names in everything added. */
    long files() {
        return files;
    }

    /** Adds everything in {@code top}, without itself. */
    void add(Path top) {
        Deque<byte[]> ahead = new ArrayDeque<>();
        ahead.push(new byte[0]);
        try (Directory root = Directory.open(top)) {
            while (!ahead.isEmpty()) {
                add(root, ahead.pop(), ahead);
            }
        } catch (KernelException e) {
            if (e.errno() != Errno.ENOENT) {
                throw e;
            }
        }
    }

    private void add(Directory root, byte[] path, Deque<byte[]> ahead) {
        try (Directory directory = root.openBeneath(path)) {
            for (Entry entry : directory.entries()) {
                Optional<FileStatus> status = directory.status(entry.name());
                if (status.isPresent()) {
                    files++;
                    count(status.get());
                    if (status.get().isDirectory()) {
                        ahead.push(below(path, entry.name()));
                    }
                }
            }
        } catch (KernelException e) {
            if (e.errno() != Errno.ENOENT) {
                throw e;
            }
        }
    }

    private void count(FileStatus status) {
        if (status.isDirectory() || status.links() == 1 || linked.add(status.inode())) {
            bytes += status.storedBytes();
        }
    }

    private static byte[] below(byte[] path, byte[] name) {
        ByteArrayOutputStream below = new ByteArrayOutputStream();
        if (path.length > 0) {
            below.writeBytes(path);
            below.write('/');
        }
        below.writeBytes(name);
        return below.toByteArray();
    }
}
