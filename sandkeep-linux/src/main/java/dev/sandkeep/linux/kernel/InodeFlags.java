package dev.sandkeep.linux.kernel;

import static dev.sandkeep.linux.kernel.OpenFlags.O_CLOEXEC;
import static dev.sandkeep.linux.kernel.OpenFlags.O_NOFOLLOW;
import static dev.sandkeep.linux.kernel.OpenFlags.O_NONBLOCK;
import static dev.sandkeep.linux.kernel.OpenFlags.O_RDONLY;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** The flags that make a file immutable or append-only, which stop even root from removing it. */
final class InodeFlags {
    private static final long FS_IOC_GETFLAGS = 0x80086601L;
    private static final long FS_IOC_SETFLAGS = 0x40086602L;
    private static final int APPEND_ONLY = 0x20;
    private static final int IMMUTABLE = 0x10;

    private InodeFlags() {}

    /** Takes both flags from a directory, where the file system knows them. */
    static void clear(Directory directory) {
        clear(directory.descriptor().number(), directory.toString());
    }

    /** Takes both flags from what stands under {@code name}, where it can have them: a regular file or a directory. */
    static void clear(Directory directory, byte[] name) {
        int type = directory.status(name).map(FileStatus::type).orElse(0);
        if (type != FileStatus.REGULAR && type != FileStatus.DIRECTORY) {
            return;
        }
        try (Arena arena = Arena.ofConfined();
                Descriptor file = new Descriptor(
                        SystemCall.OPENAT.call(
                                directory.display(name),
                                directory.descriptor().number(),
                                SystemCall.string(arena, name),
                                O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC,
                                0),
                        directory.display(name))) {
            clear(file.number(), file.toString());
        }
    }

    private static void clear(int number, String what) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment flags = arena.allocate(8, 8);
            SystemCall.IOCTL.call(what, number, FS_IOC_GETFLAGS, flags.address());
            int set = flags.get(JAVA_INT, 0);
            if ((set & (IMMUTABLE | APPEND_ONLY)) != 0) {
                flags.set(JAVA_INT, 0, set & ~(IMMUTABLE | APPEND_ONLY));
                SystemCall.IOCTL.call(what, number, FS_IOC_SETFLAGS, flags.address());
            }
        } catch (KernelException unsupported) {
            if (unsupported.errno() != Errno.EOPNOTSUPP && unsupported.errno() != Errno.ENOTTY) {
                throw unsupported;
            }
        }
    }
}
