package dev.sandkeep.linux.volumes;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.sandkeep.linux.kernel.Directory;
import dev.sandkeep.linux.kernel.Directory.Entry;
import dev.sandkeep.linux.kernel.EntryCopy;
import dev.sandkeep.linux.kernel.EntryMaker;
import dev.sandkeep.linux.kernel.Errno;
import dev.sandkeep.linux.kernel.FileStatus;
import dev.sandkeep.linux.kernel.KernelException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Copies the upper directory of a head that is being written to, in two passes over the same copy. The first runs beside the
 * sandbox and copies everything; the second runs while the sandbox is held still, copies again what may have changed, and makes
 * the copy exact.
 *
 * <h2>What counts as unchanged</h2>
 *
 * A file of the same inode whose change time (ctime) is the same. Nobody can set that time, and every write, truncation and change
 * of an attribute moves it, with three exceptions that are dealt with:
 *
 * <ul>
 *   <li>The kernel's clock for files ticks coarsely: a second write within a tick leaves the time as it is. So a file that changed
 *       shortly before the first pass began is copied again in the second, and is never taken for unchanged later.
 *   <li>A system call that writes much sets the time when it begins. So the caller holds the sandbox still for a moment before the
 *       first pass: every write that was under way ends then, and later ones have a later time.
 *   <li>A page that is mapped writable and dirty takes writes without a notice. So the caller flushes the file system after that
 *       moment: pages that were written back are write-protected, and the next write sets the time. Of what the second pass
 *       copies, pages may be dirty; it is not taken for unchanged by the next checkpoint.
 * </ul>
 *
 * What a copy was made of is noted on it, in the attribute {@value #SOURCE}: a later checkpoint of the same head links to it where
 * the file is still the same. Copies are never written to, so that any number of checkpoints may share one. The price: who restores or forks such a checkpoint
 * sees the link counts of shared files count the other checkpoints too.
 */
final class HeadCopy {
    private static final String SOURCE = EntryCopy.OURS + "source";
    private static final EntryCopy AS_IT_IS = new EntryCopy(id -> id);
    private static final String OPAQUE = "trusted.overlay.opaque";

    private final Path source;
    private final Path copy;
    private final Optional<Path> previous;
    private final ExcludePatterns exclude;
    private final long quietSince;

    private final Deque<String> ahead = new ArrayDeque<>();
    private final Map<Long, Place> linked = new HashMap<>();
    private boolean still;

    /**
     * @param source the head's upper directory
     * @param copy an empty directory
     * @param previous what an earlier checkpoint of the same head copied of it
     * @param quietSince files that changed at this time (in nanoseconds since 1970, by the file system's clock) or later may have
     *     changed again without a trace
     */
    HeadCopy(Path source, Path copy, Optional<Path> previous, ExcludePatterns exclude, long quietSince) {
        this.source = source;
        this.copy = copy;
        this.previous = previous;
        this.exclude = exclude;
        this.quietSince = quietSince;
    }

    /** A name in the copy, both in ISO 8859-1. */
    private record Place(String directory, String name) {}

    /** The first pass: what changes or vanishes under it is left to the second. */
    void copyWhileItRuns() {
        pass();
    }

    /** The second pass, while nobody writes. */
    void finishWhileItStands() {
        still = true;
        linked.clear();
        pass();
    }

    private void pass() {
        ahead.push("");
        try (Directory from = Directory.open(source);
                Directory to = Directory.open(copy)) {
            Optional<Directory> before = previous.map(Directory::open);
            try {
                while (!ahead.isEmpty()) {
                    copyDirectory(from, to, before, ahead.pop());
                }
            } finally {
                before.ifPresent(Directory::close);
            }
        }
    }

    private void copyDirectory(Directory fromTop, Directory toTop, Optional<Directory> beforeTop, String path) {
        byte[] bytes = path.getBytes(ISO_8859_1);
        Optional<Directory> opened = openIfThere(fromTop, bytes);
        if (opened.isEmpty()) {
            if (still) {
                throw new IllegalStateException(fromTop + " changed while the sandbox was held still");
            }
            return;
        }
        try (Directory from = opened.get();
                Directory to = toTop.openBeneath(bytes)) {
            Optional<Directory> before = beforeTop.flatMap(top -> openIfThere(top, bytes));
            try {
                Set<String> there = new HashSet<>();
                for (Entry entry : from.entries()) {
                    if (copyEntry(from, to, toTop, before, path, entry.name())) {
                        there.add(new String(entry.name(), ISO_8859_1));
                    }
                }
                removeOthers(to, there);
            } finally {
                before.ifPresent(Directory::close);
            }
            if (still) {
                if (from.isOpaque()) {
                    to.attribute(OPAQUE, new byte[] {'y'});
                }
                // Last, because every new name changes the time.
                AS_IT_IS.copyDirectoryAttributes(from, to);
            }
        }
    }

    private static Optional<Directory> openIfThere(Directory top, byte[] path) {
        try {
            return Optional.of(top.openBeneath(path));
        } catch (KernelException e) {
            return switch (e.errno()) {
                case Errno.ENOENT, Errno.ENOTDIR, Errno.ELOOP -> Optional.empty();
                default -> throw e;
            };
        }
    }

    private static void removeOthers(Directory to, Set<String> there) {
        List<byte[]> gone = new ArrayList<>();
        to.eachEntry(entry -> {
            if (!there.contains(new String(entry.name(), ISO_8859_1))) {
                gone.add(entry.name());
            }
        });
        gone.forEach(to::removeTree);
    }

    /** @return whether the copy has the name now */
    private boolean copyEntry(
            Directory from, Directory to, Directory toTop, Optional<Directory> before, String path, byte[] name) {
        Optional<FileStatus> found = from.status(name);
        String text = new String(name, ISO_8859_1);
        String below = path.isEmpty() ? text : path + "/" + text;
        if (found.isEmpty() || exclude.excludes(below, found.get().isDirectory())) {
            return false;
        }
        FileStatus status = found.get();
        Optional<FileStatus> present = to.status(name);
        if (status.isDirectory()) {
            if (present.filter(FileStatus::isDirectory).isEmpty()) {
                present.ifPresent(other -> to.removeTree(name));
                to.makeDirectory(name, 0700);
            }
            ahead.push(below);
            return true;
        }
        if (present.isPresent()) {
            if (isCopyOf(to, name, status)
                    || (status.isWhiteout() && present.get().isWhiteout())) {
                return true;
            }
            to.removeTree(name);
        }
        if (status.isWhiteout()) {
            EntryCopy.makeWhiteout(to, name);
            return true;
        }
        return copyFile(from, to, toTop, before, path, name, status);
    }

    private boolean copyFile(
            Directory from,
            Directory to,
            Directory toTop,
            Optional<Directory> before,
            String path,
            byte[] name,
            FileStatus status) {
        Place first = status.links() > 1 ? linked.get(status.inode()) : null;
        if (first != null) {
            try (Directory directory = toTop.openBeneath(first.directory().getBytes(ISO_8859_1))) {
                EntryCopy.link(directory, first.name().getBytes(ISO_8859_1), to, name);
            }
            return true;
        }
        if (before.isPresent() && isCopyOf(before.get(), name, status)) {
            EntryCopy.link(before.get(), name, to, name);
        } else if (!copied(from, to, name, status)) {
            return false;
        }
        if (status.links() > 1) {
            linked.put(status.inode(), new Place(path, new String(name, ISO_8859_1)));
        }
        return true;
    }

    private boolean copied(Directory from, Directory to, byte[] name, FileStatus status) {
        try {
            AS_IT_IS.copy(from, name, status, to);
        } catch (KernelException | IllegalStateException e) {
            if (still || !vanishedOrChanged(e)) {
                throw e;
            }
            to.removeTree(name);
            return false;
        }
        if (!still && status.changedNanos() < quietSince) {
            EntryMaker.attribute(to, name, SOURCE, mark(status));
        }
        return true;
    }

    /** Whether a copy failed for what the sandbox did to the file meanwhile: removed, replaced or shortened it. */
    private static boolean vanishedOrChanged(RuntimeException e) {
        return !(e instanceof KernelException kernel)
                || kernel.errno() == Errno.ENOENT
                || kernel.errno() == Errno.ELOOP
                || kernel.errno() == Errno.ENODATA
                || kernel.errno() == Errno.EINVAL
                || kernel.errno() == Errno.ENXIO;
    }

    private static boolean isCopyOf(Directory directory, byte[] name, FileStatus status) {
        return directory
                .attributeOf(name, SOURCE)
                .filter(mark -> Arrays.equals(mark, mark(status)))
                .isPresent();
    }

    private static byte[] mark(FileStatus status) {
        return ByteBuffer.allocate(16)
                .putLong(status.inode())
                .putLong(status.changedNanos())
                .array();
    }
}
