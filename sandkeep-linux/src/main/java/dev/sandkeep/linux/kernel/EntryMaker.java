package dev.sandkeep.linux.kernel;

import static dev.sandkeep.linux.kernel.OpenFlags.AT_SYMLINK_NOFOLLOW;
import static dev.sandkeep.linux.kernel.OpenFlags.O_CLOEXEC;
import static dev.sandkeep.linux.kernel.OpenFlags.O_CREAT;
import static dev.sandkeep.linux.kernel.OpenFlags.O_EXCL;
import static dev.sandkeep.linux.kernel.OpenFlags.O_NOFOLLOW;
import static dev.sandkeep.linux.kernel.OpenFlags.O_WRONLY;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Makes new entries in a directory and gives them attributes, following no link. */
public final class EntryMaker {
    private EntryMaker() {}

    /**
     * Makes an empty file, readable and writable for its owner only, and opens it for writing.
     *
     * @throws KernelException {@link Errno#EEXIST} when the name exists
     */
    public static FileChannel makeFile(Directory target, byte[] name) throws IOException {
        String what = target.display(name);
        try (Arena arena = Arena.ofConfined();
                Descriptor file = new Descriptor(
                        SystemCall.OPENAT.call(
                                what,
                                target.descriptor().number(),
                                SystemCall.string(arena, name),
                                O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                                0600),
                        what)) {
            return FileChannel.open(Path.of(file.path()), StandardOpenOption.WRITE);
        }
    }

    /** Makes a file longer, with a hole at its end, or shorter. */
    public static void size(Directory target, byte[] name, long size) {
        String what = target.display(name);
        try (Arena arena = Arena.ofConfined();
                Descriptor file = new Descriptor(
                        SystemCall.OPENAT.call(
                                what,
                                target.descriptor().number(),
                                SystemCall.string(arena, name),
                                O_WRONLY | O_NOFOLLOW | O_CLOEXEC,
                                0),
                        what)) {
            SystemCall.FTRUNCATE.call(what, file.number(), size);
        }
    }

    /** Makes a symbolic link with the given text. */
    public static void makeLink(Directory target, byte[] name, byte[] text) {
        try (Arena arena = Arena.ofConfined()) {
            SystemCall.SYMLINKAT.call(
                    target.display(name),
                    SystemCall.string(arena, text),
                    target.descriptor().number(),
                    SystemCall.string(arena, name));
        }
    }

    /**
     * Makes a fifo, socket or device node.
     *
     * @param type one of {@link FileStatus}'s constants
     * @param device as in {@link FileStatus#special()}; 0 for what is no device
     * @throws KernelException {@link Errno#EPERM} where this process may not
     */
    public static void makeNode(Directory target, byte[] name, int type, long device) {
        try (Arena arena = Arena.ofConfined()) {
            SystemCall.MKNODAT.call(
                    target.display(name),
                    target.descriptor().number(),
                    SystemCall.string(arena, name),
                    type | 0600,
                    numbered(device));
        }
    }

    /** The kernel's 32-bit form of a device number. */
    private static long numbered(long pair) {
        long major = pair >>> 32;
        long minor = pair & 0xFFFF_FFFFL;
        return (minor & 0xff) | major << 8 | (minor & ~0xffL) << 12;
    }

    /** Sets owner and group. Clears set-id bits and file capabilities, so that those are set afterwards. */
    public static void owner(Directory target, byte[] name, long uid, long gid) {
        try (Arena arena = Arena.ofConfined()) {
            SystemCall.FCHOWNAT.call(
                    target.display(name),
                    target.descriptor().number(),
                    SystemCall.string(arena, name),
                    uid,
                    gid,
                    AT_SYMLINK_NOFOLLOW);
        }
    }

    /** Sets the permission bits of what must not be a symbolic link. */
    public static void permissions(Directory target, byte[] name, int permissions) {
        try (Arena arena = Arena.ofConfined()) {
            SystemCall.FCHMODAT.call(
                    target.display(name), target.descriptor().number(), SystemCall.string(arena, name), permissions);
        }
    }

    /** Sets an extended attribute. */
    public static void attribute(Directory target, byte[] name, String attribute, byte[] value) {
        try (Arena arena = Arena.ofConfined()) {
            SystemCall.LSETXATTR.call(
                    attribute + " of " + target.display(name),
                    SystemCall.string(arena, path(target, name)),
                    SystemCall.string(arena, attribute.getBytes(ISO_8859_1)),
                    SystemCall.string(arena, value),
                    value.length,
                    0);
        }
    }

    /** Sets modification and access time, in nanoseconds since 1970. */
    public static void modified(Directory target, byte[] name, long nanos) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment times = arena.allocate(32, 8);
            for (int offset = 0; offset <= 16; offset += 16) {
                times.set(JAVA_LONG_UNALIGNED, offset, Math.floorDiv(nanos, 1_000_000_000L));
                times.set(JAVA_LONG_UNALIGNED, offset + 8, Math.floorMod(nanos, 1_000_000_000L));
            }
            SystemCall.UTIMENSAT.call(
                    target.display(name),
                    target.descriptor().number(),
                    SystemCall.string(arena, name),
                    times.address(),
                    AT_SYMLINK_NOFOLLOW);
        }
    }

    /** A path through the open directory, for the calls that take no descriptor. */
    static byte[] path(Directory directory, byte[] name) {
        ByteArrayOutputStream path = new ByteArrayOutputStream();
        path.writeBytes((directory.path() + "/").getBytes(ISO_8859_1));
        path.writeBytes(name);
        return path.toByteArray();
    }
}
