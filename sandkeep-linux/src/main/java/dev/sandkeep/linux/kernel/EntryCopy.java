package dev.sandkeep.linux.kernel;

import static dev.sandkeep.linux.kernel.OpenFlags.O_CLOEXEC;
import static dev.sandkeep.linux.kernel.OpenFlags.O_CREAT;
import static dev.sandkeep.linux.kernel.OpenFlags.O_EXCL;
import static dev.sandkeep.linux.kernel.OpenFlags.O_NOFOLLOW;
import static dev.sandkeep.linux.kernel.OpenFlags.O_WRONLY;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongUnaryOperator;

/**
 * Copies single files and the attributes of directories exactly: content with its holes, type, mode, owners, nanosecond time,
 * and extended attributes but overlayfs's own and {@link #OURS ours}. Owners, and the ids inside access control lists and file capabilities, go
 * through a translation.
 */
public final class EntryCopy {
    /** How the names of extended attributes begin that Sandkeep sets for itself; only root of the host sees them. */
    public static final String OURS = "trusted.sandkeep.";

    private static final int SEEK_DATA = 3;
    private static final int SEEK_HOLE = 4;
    private static final int LONGEST_ATTRIBUTE = 64 * 1024;
    private static final int ACL_USER = 0x02;
    private static final int ACL_GROUP = 0x08;
    private static final int CAPABILITY_WITH_ROOT_ID = 3;

    private final LongUnaryOperator ids;

    /** @param ids gives the owner that a copy has for an owner on disk; may throw when there is none */
    public EntryCopy(LongUnaryOperator ids) {
        this.ids = ids;
    }

    /**
     * Copies what stands under {@code name}, which must not be a directory, to the same name in {@code target}.
     *
     * @param status what {@link Directory#status(byte[])} says of it
     */
    public void copy(Directory source, byte[] name, FileStatus status, Directory target) {
        switch (status.type()) {
            case FileStatus.REGULAR -> copyContent(source, name, status, target);
            case FileStatus.SYMLINK -> EntryMaker.makeLink(target, name, source.link(name));
            default -> EntryMaker.makeNode(target, name, status.type(), status.special());
        }
        copyAttributes(EntryMaker.path(source, name), status, target, name);
    }

    /** Gives {@code target} the owner, mode, time and extended attributes of {@code source}. */
    public void copyDirectoryAttributes(Directory source, Directory target) {
        byte[] here = {'.'};
        copyAttributes(EntryMaker.path(source, here), source.status(), target, here);
    }

    /** Gives the existing file {@code name} of {@code directory} a second name in {@code target}. */
    public static void link(Directory directory, byte[] name, Directory target, byte[] newName) {
        try (Arena arena = Arena.ofConfined()) {
            SystemCall.LINKAT.call(
                    target.display(newName),
                    directory.descriptor().number(),
                    SystemCall.string(arena, name),
                    target.descriptor().number(),
                    SystemCall.string(arena, newName),
                    0);
        }
    }

    /** Makes overlayfs's mark of a removed file. */
    public static void makeWhiteout(Directory target, byte[] name) {
        EntryMaker.makeNode(target, name, FileStatus.CHARACTER_DEVICE, 0);
    }

    private static void copyContent(Directory source, byte[] name, FileStatus status, Directory target) {
        try (Descriptor from = open(source, name, O_NOFOLLOW | O_CLOEXEC, 0);
                Descriptor to = open(target, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600)) {
            SystemCall.FTRUNCATE.call(to.toString(), to.number(), status.size());
            for (long at = dataFrom(from, 0); at >= 0; ) {
                long end = SystemCall.LSEEK.call(from.toString(), from.number(), at, SEEK_HOLE);
                copyRange(from, to, at, end);
                at = dataFrom(from, end);
            }
        }
    }

    private static Descriptor open(Directory directory, byte[] name, int flags, int mode) {
        try (Arena arena = Arena.ofConfined()) {
            String what = directory.display(name);
            return new Descriptor(
                    SystemCall.OPENAT.call(
                            what, directory.descriptor().number(), SystemCall.string(arena, name), flags, mode),
                    what);
        }
    }

    /** Where data comes next at or after {@code offset}; -1 when only a hole does. */
    private static long dataFrom(Descriptor file, long offset) {
        try {
            return SystemCall.LSEEK.call(file.toString(), file.number(), offset, SEEK_DATA);
        } catch (KernelException e) {
            if (e.errno() == Errno.ENXIO) {
                return -1;
            }
            throw e;
        }
    }

    private static void copyRange(Descriptor from, Descriptor to, long start, long end) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment in = arena.allocate(JAVA_LONG);
            MemorySegment out = arena.allocate(JAVA_LONG);
            in.set(JAVA_LONG, 0, start);
            out.set(JAVA_LONG, 0, start);
            long left = end - start;
            while (left > 0) {
                long copied = SystemCall.COPY_FILE_RANGE.call(
                        from + " to " + to, from.number(), in.address(), to.number(), out.address(), left, 0);
                if (copied == 0) {
                    throw new IllegalStateException(from + " became shorter while it was copied");
                }
                left -= copied;
            }
        }
    }

    // Order matters: a change of owner clears set-id bits and capabilities, and any change sets the time.
    private void copyAttributes(byte[] from, FileStatus status, Directory target, byte[] name) {
        EntryMaker.owner(target, name, ids.applyAsLong(status.uid()), ids.applyAsLong(status.gid()));
        if (status.type() != FileStatus.SYMLINK) {
            EntryMaker.permissions(target, name, status.permissions());
        }
        String what = target.display(name);
        try (Arena arena = Arena.ofConfined()) {
            for (String attribute : attributes(arena, from, what)) {
                if (attribute.equals("trusted.overlay.redirect") || attribute.equals("trusted.overlay.metacopy")) {
                    throw new IllegalStateException(what + " stands for a file elsewhere in its overlay");
                }
                if (!attribute.startsWith("trusted.overlay.") && !attribute.startsWith(OURS)) {
                    copyAttribute(arena, from, attribute, target, name);
                }
            }
        }
        EntryMaker.modified(target, name, status.modifiedNanos());
    }

    private void copyAttribute(Arena arena, byte[] from, String attribute, Directory target, byte[] name) {
        EntryMaker.attribute(target, name, attribute, value(arena, from, attribute, target.display(name)));
    }

    /** The value of an attribute, with the ids in it translated. */
    private byte[] value(Arena arena, byte[] path, String attribute, String what) {
        MemorySegment value = arena.allocate(LONGEST_ATTRIBUTE);
        long length = SystemCall.LGETXATTR.call(
                attribute + " of " + what,
                SystemCall.string(arena, path),
                SystemCall.string(arena, attribute.getBytes(ISO_8859_1)),
                value.address(),
                value.byteSize());
        return translated(attribute, value.asSlice(0, length).toArray(JAVA_BYTE));
    }

    /** The owner that a copy has for an owner on disk. */
    public long translatedId(long id) {
        return ids.applyAsLong(id);
    }

    /**
     * The extended attributes of a name, with the ids in them translated; without overlayfs's own and ours.
     *
     * @param name what must not be a mark of a removed name
     */
    public Map<String, byte[]> attributes(Directory directory, byte[] name) {
        byte[] path = EntryMaker.path(directory, name);
        String what = directory.display(name);
        Map<String, byte[]> found = new TreeMap<>();
        try (Arena arena = Arena.ofConfined()) {
            for (String attribute : attributes(arena, path, what)) {
                if (!attribute.startsWith("trusted.")) {
                    found.put(attribute, value(arena, path, attribute, what));
                }
            }
        }
        return found;
    }

    /**
     * Where a regular file has data: offsets and lengths in turns, ascending, without what is a hole. Of a file with more than
     * {@code atMost} pieces, the last one reaches to its end, holes included.
     */
    public static List<Long> data(Directory directory, byte[] name, long size, int atMost) {
        List<Long> pieces = new ArrayList<>();
        try (Descriptor file = open(directory, name, O_NOFOLLOW | O_CLOEXEC, 0)) {
            for (long at = dataFrom(file, 0); at >= 0 && at < size; ) {
                boolean last = pieces.size() / 2 + 1 == atMost;
                long end = last
                        ? size
                        : Math.min(size, SystemCall.LSEEK.call(file.toString(), file.number(), at, SEEK_HOLE));
                pieces.add(at);
                pieces.add(end - at);
                at = last ? -1 : dataFrom(file, end);
            }
        }
        return pieces;
    }

    private static List<String> attributes(Arena arena, byte[] path, String what) {
        long address = SystemCall.string(arena, path);
        try {
            // Asked for the length first, because most files have none.
            long length = SystemCall.LLISTXATTR.call(what, address, 0, 0);
            if (length == 0) {
                return List.of();
            }
            MemorySegment names = arena.allocate(length);
            SystemCall.LLISTXATTR.call(what, address, names.address(), length);
            String all = new String(names.toArray(JAVA_BYTE), ISO_8859_1);
            return Arrays.asList(all.split("\0", -1)).subList(0, count(all));
        } catch (KernelException e) {
            if (e.errno() == Errno.EOPNOTSUPP) {
                return List.of();
            }
            throw e;
        }
    }

    private static int count(String terminated) {
        return (int) terminated.chars().filter(c -> c == 0).count();
    }

    /**
     * The value of an attribute with the ids in it translated: access control lists as in {@code linux/posix_acl_xattr.h} (4
     * bytes of version, then 8 bytes an entry: tag, permissions, id) and file capabilities as in {@code linux/capability.h}
     * (revision 3 ends with the id of its root).
     */
    private byte[] translated(String attribute, byte[] value) {
        ByteBuffer bytes = ByteBuffer.wrap(value).order(ByteOrder.LITTLE_ENDIAN);
        if (attribute.startsWith("system.posix_acl_")) {
            for (int at = 4; at + 8 <= value.length; at += 8) {
                int tag = bytes.getShort(at) & 0xFFFF;
                if (tag == ACL_USER || tag == ACL_GROUP) {
                    bytes.putInt(at + 4, (int) ids.applyAsLong(Integer.toUnsignedLong(bytes.getInt(at + 4))));
                }
            }
        } else if (attribute.equals("security.capability")
                && value.length == 24
                && bytes.getInt(0) >>> 24 == CAPABILITY_WITH_ROOT_ID) {
            bytes.putInt(20, (int) ids.applyAsLong(Integer.toUnsignedLong(bytes.getInt(20))));
        }
        return value;
    }
}
