package dev.sandkeep.linux.kernel;

import static dev.sandkeep.linux.kernel.OpenFlags.AT_EMPTY_PATH;
import static dev.sandkeep.linux.kernel.OpenFlags.AT_FDCWD;
import static dev.sandkeep.linux.kernel.OpenFlags.AT_REMOVEDIR;
import static dev.sandkeep.linux.kernel.OpenFlags.AT_SYMLINK_NOFOLLOW;
import static dev.sandkeep.linux.kernel.OpenFlags.O_CLOEXEC;
import static dev.sandkeep.linux.kernel.OpenFlags.O_DIRECTORY;
import static dev.sandkeep.linux.kernel.OpenFlags.O_NOFOLLOW;
import static dev.sandkeep.linux.kernel.OpenFlags.O_NONBLOCK;
import static dev.sandkeep.linux.kernel.OpenFlags.O_RDONLY;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * An open directory, and what can be done to the names in it.
 *
 * <p>A name is one path component in bytes. No method here follows a symbolic link in a name that it is given, so nothing
 * that a sandbox wrote can lead out of the directory.
 */
public final class Directory implements AutoCloseable {
    private static final int STATX_BASIC = 0x7ff;
    private static final long RESOLVE_NO_MAGICLINKS = 0x02;
    private static final long RESOLVE_NO_SYMLINKS = 0x04;
    private static final long RESOLVE_BENEATH = 0x08;
    private static final int RENAME_NOREPLACE = 1;
    private static final int RENAME_EXCHANGE = 2;
    private static final int RENAME_WHITEOUT = 4;
    private static final int PATH_MAX = 4096;
    private static final int USUAL_ATTRIBUTE = 256;
    private static final int LONGEST_ATTRIBUTE = 64 * 1024;

    private final Descriptor descriptor;

    private Directory(Descriptor descriptor) {
        this.descriptor = descriptor;
    }

    /** A name in a directory. */
    public static final class Entry {
        private final byte[] name;
        private final boolean directory;

        Entry(byte[] name, boolean directory) {
            this.name = name;
            this.directory = directory;
        }

        /** Its bytes, without a slash. */
        public byte[] name() {
            return name.clone();
        }

        /** Whether the file system says that it is a directory. */
        public boolean directory() {
            return directory;
        }
    }

    /** Opens a directory at a path that is not under a sandbox's control. */
    public static Directory open(Path path) {
        return open(AT_FDCWD, bytes(path), O_DIRECTORY | O_CLOEXEC, path.toString());
    }

    /** Opens the directory {@code name} in this one. */
    public Directory open(byte[] name) {
        return open(descriptor.number(), name, O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, display(name));
    }

    private static Directory open(int at, byte[] name, int flags, String what) {
        try (Arena arena = Arena.ofConfined()) {
            long fd = SystemCall.OPENAT.call(what, at, SystemCall.string(arena, name), flags, 0);
            return new Directory(new Descriptor(fd, what));
        }
    }

    /**
     * Opens a directory below this one, refusing every symbolic link on the way.
     *
     * @param relative components separated by slashes, for example {@code etc/codex}
     * @throws KernelException {@link Errno#ELOOP} when a component is a link, {@link Errno#ENOTDIR} when it is a file
     */
    public Directory openBeneath(String relative) {
        return openBeneath(bytes(relative));
    }

    /**
     * As {@link #openBeneath(String)}, for names in bytes and however long they are together. An empty path opens this
     * directory again.
     */
    public Directory openBeneath(byte[] relative) {
        if (relative.length == 0) {
            return open(new byte[] {'.'});
        }
        Directory at = this;
        int from = 0;
        while (true) {
            int to = endOfComponents(relative, from);
            Directory next;
            try {
                next = openShort(at, Arrays.copyOfRange(relative, from, to));
            } finally {
                if (at != this) {
                    at.close();
                }
            }
            if (to == relative.length) {
                return next;
            }
            at = next;
            from = to + 1;
        }
    }

    /** Where the longest run of components that the kernel takes in one call ends, counted from {@code from}. */
    private static int endOfComponents(byte[] path, int from) {
        if (path.length - from < PATH_MAX) {
            return path.length;
        }
        int end = from + PATH_MAX - 1;
        while (path[end] != '/') {
            end--;
        }
        return end;
    }

    private static Directory openShort(Directory at, byte[] relative) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment how = arena.allocate(24, 8);
            how.set(JAVA_LONG_UNALIGNED, 0, O_DIRECTORY | O_CLOEXEC);
            how.set(JAVA_LONG_UNALIGNED, 16, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS);
            String what = at.display(relative);
            long fd = SystemCall.OPENAT2.call(
                    what, at.descriptor.number(), SystemCall.string(arena, relative), how.address(), how.byteSize());
            return new Directory(new Descriptor(fd, what));
        }
    }

    /** This directory's own status. */
    public FileStatus status() {
        return status(descriptor.number(), new byte[0], AT_EMPTY_PATH, descriptor.toString());
    }

    /** The status of a name in it; empty when there is no such name. */
    public Optional<FileStatus> status(byte[] name) {
        try {
            return Optional.of(status(descriptor.number(), name, AT_SYMLINK_NOFOLLOW, display(name)));
        } catch (KernelException e) {
            if (e.errno() == Errno.ENOENT) {
                return Optional.empty();
            }
            throw e;
        }
    }

    /** The status of what stands at a path that is not under a sandbox's control; empty when there is nothing. */
    public static Optional<FileStatus> status(Path path) {
        try {
            return Optional.of(status(AT_FDCWD, bytes(path), AT_SYMLINK_NOFOLLOW, path.toString()));
        } catch (KernelException e) {
            if (e.errno() == Errno.ENOENT || e.errno() == Errno.ENOTDIR) {
                return Optional.empty();
            }
            throw e;
        }
    }

    static FileStatus status(Descriptor descriptor) {
        return status(descriptor.number(), new byte[0], AT_EMPTY_PATH, descriptor.toString());
    }

    private static FileStatus status(int at, byte[] name, int flags, String what) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment s = arena.allocate(256, 8);
            SystemCall.STATX.call(what, at, SystemCall.string(arena, name), flags, STATX_BASIC, s.address());
            return new FileStatus(
                    s.get(JAVA_SHORT_UNALIGNED, 28) & 0xFFFF,
                    Integer.toUnsignedLong(s.get(JAVA_INT_UNALIGNED, 20)),
                    Integer.toUnsignedLong(s.get(JAVA_INT_UNALIGNED, 24)),
                    s.get(JAVA_LONG_UNALIGNED, 32),
                    s.get(JAVA_INT_UNALIGNED, 16),
                    s.get(JAVA_LONG_UNALIGNED, 40),
                    s.get(JAVA_LONG_UNALIGNED, 48),
                    s.get(JAVA_LONG_UNALIGNED, 112) * 1_000_000_000L + s.get(JAVA_INT_UNALIGNED, 120),
                    s.get(JAVA_LONG_UNALIGNED, 96) * 1_000_000_000L + s.get(JAVA_INT_UNALIGNED, 104),
                    pair(s, 136),
                    pair(s, 128));
        }
    }

    private static long pair(MemorySegment segment, long offset) {
        return Integer.toUnsignedLong(segment.get(JAVA_INT_UNALIGNED, offset)) << 32
                | Integer.toUnsignedLong(segment.get(JAVA_INT_UNALIGNED, offset + 4));
    }

    /** All names in it but {@code .} and {@code ..}, in the file system's order. */
    public List<Entry> entries() {
        return entries(Integer.MAX_VALUE).orElseThrow();
    }

    /** As {@link #entries()}; empty when there are more than {@code atMost}, found out without reading all of them. */
    public Optional<List<Entry>> entries(int atMost) {
        List<Entry> entries = new ArrayList<>();
        // A second open file description, so that reading always starts at the first name.
        try (Directory again = open(descriptor.number(), new byte[] {'.'}, O_DIRECTORY | O_CLOEXEC, toString())) {
            DirectoryReader reader = new DirectoryReader(again);
            for (Optional<Entry> entry = reader.next(); entry.isPresent(); entry = reader.next()) {
                if (entries.size() == atMost) {
                    return Optional.empty();
                }
                entries.add(entry.get());
            }
            return Optional.of(entries);
        }
    }

    /**
     * Shows the names in it one after the other, in the same little memory for any number of them; names that come or go meanwhile
     * may be shown or not.
     */
    public void eachEntry(Consumer<Entry> visitor) {
        try (Directory again = open(descriptor.number(), new byte[] {'.'}, O_DIRECTORY | O_CLOEXEC, toString())) {
            DirectoryReader reader = new DirectoryReader(again);
            for (Optional<Entry> entry = reader.next(); entry.isPresent(); entry = reader.next()) {
                visitor.accept(entry.get());
            }
        }
    }

    /** Whether there is no name in it. */
    public boolean isEmpty() {
        return entries(0).isPresent();
    }

    /**
     * Makes a directory in it.
     *
     * @param permissions as for chmod, independent of the process's umask
     * @return false when the name existed already; nothing was changed
     */
    public boolean makeDirectory(byte[] name, int permissions) {
        try (Arena arena = Arena.ofConfined()) {
            SystemCall.MKDIRAT.call(display(name), descriptor.number(), SystemCall.string(arena, name), permissions);
        } catch (KernelException e) {
            if (e.errno() == Errno.EEXIST) {
                return false;
            }
            throw e;
        }
        try (Directory made = open(name)) {
            made.permissions(permissions);
        }
        return true;
    }

    /** Sets this directory's owner and group. */
    public void owner(long uid, long gid) {
        try (Arena arena = Arena.ofConfined()) {
            SystemCall.FCHOWNAT.call(
                    toString(), descriptor.number(), SystemCall.string(arena, new byte[0]), uid, gid, AT_EMPTY_PATH);
        }
    }

    /** Sets this directory's permission bits. */
    public void permissions(int permissions) {
        SystemCall.FCHMOD.call(toString(), descriptor.number(), permissions);
    }

    /** Sets this directory's modification and access time, in nanoseconds since 1970. */
    public void modified(long nanos) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment times = arena.allocate(32, 8);
            for (int at = 0; at <= 16; at += 16) {
                times.set(JAVA_LONG_UNALIGNED, at, Math.floorDiv(nanos, 1_000_000_000L));
                times.set(JAVA_LONG_UNALIGNED, at + 8, Math.floorMod(nanos, 1_000_000_000L));
            }
            SystemCall.UTIMENSAT.call(toString(), descriptor.number(), 0, times.address(), 0);
        }
    }

    /** An extended attribute of this directory; empty when it has none of that name. */
    public Optional<byte[]> attribute(String name) {
        try {
            return Optional.of(attribute(name, USUAL_ATTRIBUTE));
        } catch (KernelException e) {
            if (e.errno() == Errno.ERANGE) {
                return Optional.of(attribute(name, LONGEST_ATTRIBUTE));
            }
            if (e.errno() == Errno.ENODATA || e.errno() == Errno.EOPNOTSUPP) {
                return Optional.empty();
            }
            throw e;
        }
    }

    private byte[] attribute(String name, int atMost) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment value = arena.allocate(atMost);
            long length = SystemCall.FGETXATTR.call(
                    name + " of " + this,
                    descriptor.number(),
                    SystemCall.string(arena, name.getBytes(UTF_8)),
                    value.address(),
                    value.byteSize());
            return value.asSlice(0, length).toArray(JAVA_BYTE);
        }
    }

    /**
     * An extended attribute, of at most {@value #USUAL_ATTRIBUTE} bytes, of a name in this directory; links are not followed.
     *
     * @return empty when it has none of that name, or is not there
     */
    public Optional<byte[]> attributeOf(byte[] name, String attribute) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment value = arena.allocate(USUAL_ATTRIBUTE);
            long length = SystemCall.LGETXATTR.call(
                    attribute + " of " + display(name),
                    SystemCall.string(arena, EntryMaker.path(this, name)),
                    SystemCall.string(arena, attribute.getBytes(UTF_8)),
                    value.address(),
                    value.byteSize());
            return Optional.of(value.asSlice(0, length).toArray(JAVA_BYTE));
        } catch (KernelException e) {
            return switch (e.errno()) {
                case Errno.ENODATA, Errno.EOPNOTSUPP, Errno.ENOENT -> Optional.empty();
                default -> throw e;
            };
        }
    }

    /** Sets an extended attribute of this directory. */
    public void attribute(String name, byte[] value) {
        try (Arena arena = Arena.ofConfined()) {
            SystemCall.FSETXATTR.call(
                    name + " of " + this,
                    descriptor.number(),
                    SystemCall.string(arena, name.getBytes(UTF_8)),
                    SystemCall.string(arena, value),
                    value.length,
                    0);
        }
    }

    /** The names of this directory's extended attributes. */
    public List<String> attributes() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment names = arena.allocate(64 * 1024);
            long length = SystemCall.LLISTXATTR.call(
                    toString(),
                    SystemCall.string(arena, (descriptor.path() + "/.").getBytes(UTF_8)),
                    names.address(),
                    names.byteSize());
            String all = new String(names.asSlice(0, length).toArray(JAVA_BYTE), UTF_8);
            return all.isEmpty() ? List.of() : Arrays.asList(all.split("\0"));
        }
    }

    /**
     * Opens the content of a regular file in it. Waits for no fifo and opens no device, whatever the name becomes meanwhile.
     *
     * @return empty when there is no such name, or something else than a regular file under it
     */
    public Optional<FileChannel> read(byte[] name) throws IOException {
        if (status(name).filter(found -> found.type() == FileStatus.REGULAR).isEmpty()) {
            return Optional.empty();
        }
        try (Arena arena = Arena.ofConfined();
                Descriptor file = new Descriptor(
                        SystemCall.OPENAT.call(
                                display(name),
                                descriptor.number(),
                                SystemCall.string(arena, name),
                                O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC,
                                0),
                        display(name))) {
            return status(file).type() == FileStatus.REGULAR
                    ? Optional.of(FileChannel.open(Path.of(file.path()), StandardOpenOption.READ))
                    : Optional.empty();
        } catch (KernelException e) {
            return switch (e.errno()) {
                case Errno.ENOENT, Errno.ELOOP, Errno.ENXIO -> Optional.empty();
                default -> throw e;
            };
        }
    }

    /** The text of the symbolic link {@code name}. */
    public byte[] link(byte[] name) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment text = arena.allocate(PATH_MAX);
            long length = SystemCall.READLINKAT.call(
                    display(name),
                    descriptor.number(),
                    SystemCall.string(arena, name),
                    text.address(),
                    text.byteSize());
            return text.asSlice(0, length).toArray(JAVA_BYTE);
        }
    }

    /** Whether overlayfs hides everything below this directory in lower layers. */
    public boolean isOpaque() {
        return attribute("trusted.overlay.opaque")
                .filter(value -> value.length == 1 && value[0] == 'y')
                .isPresent();
    }

    /**
     * Moves a name to another directory of the same file system, replacing nothing.
     *
     * @throws KernelException {@link Errno#EEXIST} when the new name exists
     */
    public void rename(byte[] name, Directory target, byte[] newName) {
        try (Arena arena = Arena.ofConfined()) {
            SystemCall.RENAMEAT2.call(
                    display(name) + " to " + target + "/" + new String(newName, UTF_8),
                    descriptor.number(),
                    SystemCall.string(arena, name),
                    target.descriptor.number(),
                    SystemCall.string(arena, newName),
                    RENAME_NOREPLACE);
        }
    }

    /**
     * Lets two names, both of which exist, change places in one step. What stands under them may be of different types.
     *
     * @param target directory of {@code other}, on the same file system
     */
    public void exchange(byte[] name, Directory target, byte[] other) {
        try (Arena arena = Arena.ofConfined()) {
            SystemCall.RENAMEAT2.call(
                    display(name) + " and " + target + "/" + new String(other, UTF_8),
                    descriptor.number(),
                    SystemCall.string(arena, name),
                    target.descriptor.number(),
                    SystemCall.string(arena, other),
                    RENAME_EXCHANGE);
        }
    }

    /**
     * Moves a name to a new one in this directory and leaves overlayfs's mark of a removed file under the old one.
     *
     * @throws KernelException {@link Errno#EINVAL} when the file system cannot, and so cannot be written through an overlay
     */
    public void renameLeavingWhiteout(byte[] name, byte[] newName) {
        try (Arena arena = Arena.ofConfined()) {
            SystemCall.RENAMEAT2.call(
                    display(name),
                    descriptor.number(),
                    SystemCall.string(arena, name),
                    descriptor.number(),
                    SystemCall.string(arena, newName),
                    RENAME_WHITEOUT);
        }
    }

    /** Removes a name that is not a directory. Does nothing when it is gone. */
    public void unlink(byte[] name) {
        remove(name, 0);
    }

    /**
     * Removes the name with everything below it, crossing into no other file system and following no link. Does nothing when it
     * is gone. Neither the depth of the tree nor names, modes or immutable flags in it can stop that, nor somebody else who
     * removes the same tree.
     */
    public void removeTree(byte[] name) {
        Blocking.runToEnd(() -> removeTreeHere(name));
    }

    private void removeTreeHere(byte[] name) {
        for (Optional<FileStatus> status = status(name); status.isPresent(); status = status(name)) {
            if (!status.get().isDirectory()) {
                removeForced(name, 0);
                continue;
            }
            try (Directory doomed = open(name)) {
                requireSameFileSystem(doomed);
                doomed.removeContent();
            } catch (KernelException e) {
                if (e.errno() != Errno.ENOENT) {
                    throw e;
                }
            }
            removedDirectory(name);
        }
    }

    /**
     * Removes everything in this directory. Directories that are not empty are first moved up into this one, so that a tree of
     * any depth needs two descriptors and no recursion.
     */
    private void removeContent() {
        long moved = 0;
        for (List<Entry> entries = entries(); !entries.isEmpty(); entries = entries()) {
            for (Entry entry : entries) {
                if (!entry.directory()) {
                    removeForced(entry.name, 0);
                    continue;
                }
                try (Directory child = open(entry.name)) {
                    requireSameFileSystem(child);
                    moved = child.emptyInto(this, moved);
                } catch (KernelException e) {
                    if (e.errno() != Errno.ENOENT) {
                        throw e;
                    }
                }
                removedDirectory(entry.name);
            }
        }
    }

    private long emptyInto(Directory above, long moved) {
        long count = moved;
        for (Entry entry : entries()) {
            if (!entry.directory()) {
                removeForced(entry.name, 0);
            } else if (!removedDirectory(entry.name)) {
                count = moveForced(entry.name, above, count + 1);
            }
        }
        return count;
    }

    /** @return false when it holds something, for example what somebody else just moved there */
    private boolean removedDirectory(byte[] name) {
        try {
            removeForced(name, AT_REMOVEDIR);
            return true;
        } catch (KernelException e) {
            if (e.errno() == Errno.ENOTEMPTY) {
                return false;
            }
            throw e;
        }
    }

    private long moveForced(byte[] name, Directory target, long firstFree) {
        boolean flagsCleared = false;
        for (long number = firstFree; ; number++) {
            try {
                rename(name, target, bytes(".removed-" + number));
                return number;
            } catch (KernelException e) {
                if (e.errno() == Errno.ENOENT) {
                    return number;
                }
                if (e.errno() == Errno.EPERM && !flagsCleared) {
                    flagsCleared = true;
                    InodeFlags.clear(this);
                    InodeFlags.clear(this, name);
                } else if (e.errno() != Errno.EEXIST) {
                    throw e;
                }
            }
        }
    }

    private void removeForced(byte[] name, int flags) {
        try {
            remove(name, flags);
        } catch (KernelException e) {
            if (e.errno() != Errno.EPERM) {
                throw e;
            }
            InodeFlags.clear(this);
            InodeFlags.clear(this, name);
            remove(name, flags);
        }
    }

    private void requireSameFileSystem(Directory child) {
        if (child.status().device() != status().device()) {
            throw new IllegalStateException("refusing to remove across a mount point: " + child);
        }
    }

    private void remove(byte[] name, int flags) {
        try (Arena arena = Arena.ofConfined()) {
            SystemCall.UNLINKAT.call(display(name), descriptor.number(), SystemCall.string(arena, name), flags);
        } catch (KernelException e) {
            if (e.errno() != Errno.ENOENT) {
                throw e;
            }
        }
    }

    /** Puts this directory's own entries on disk. */
    public void sync() {
        Blocking.run(() -> SystemCall.FSYNC.call(toString(), descriptor.number()));
    }

    /** Puts everything of the file system that holds this directory on disk. Takes as long as there is much to write. */
    public void syncFileSystem() {
        Blocking.run(() -> SystemCall.SYNCFS.call(toString(), descriptor.number()));
    }

    Descriptor descriptor() {
        return descriptor;
    }

    /** A path to this directory for this process and its children, see {@link Descriptor#path()}. */
    public String path() {
        return descriptor.path();
    }

    /** The bytes of a name given as text. */
    public static byte[] bytes(String name) {
        return name.getBytes(UTF_8);
    }

    private static byte[] bytes(Path path) {
        return path.toString().getBytes(UTF_8);
    }

    String display(byte[] name) {
        return descriptor + "/" + new String(name, UTF_8);
    }

    @Override
    public String toString() {
        return descriptor.toString();
    }

    @Override
    public void close() {
        descriptor.close();
    }
}
