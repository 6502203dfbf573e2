package dev.sandkeep.linux.kernel;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

/**
 * The system calls in use, called by number through {@code syscall(2)}, so that no C library needs to know them.
 *
 * <p>Numbers are those of the kernel's tables for x86-64 and for the generic table that aarch64 uses; calls newer than
 * Linux 5.1 have one number everywhere.
 */
enum SystemCall {
    CAPGET(125, 90),
    CAPSET(126, 91),
    CLOSE(3, 57),
    COPY_FILE_RANGE(326, 285),
    FCHMOD(91, 52),
    FCHMODAT(268, 53),
    FCHOWNAT(260, 54),
    FCNTL(72, 25),
    FGETXATTR(193, 10),
    FLOCK(73, 32),
    FSCONFIG(431),
    FSETXATTR(190, 7),
    FSMOUNT(432),
    FSOPEN(430),
    FSYNC(74, 82),
    FTRUNCATE(77, 46),
    GETDENTS64(217, 61),
    IOCTL(16, 29),
    KILL(62, 129),
    LGETXATTR(192, 9),
    LINKAT(265, 37),
    LLISTXATTR(195, 12),
    LSEEK(8, 62),
    LSETXATTR(189, 6),
    MEMFD_CREATE(319, 279),
    MKDIRAT(258, 34),
    MKNODAT(259, 33),
    MOUNT(165, 40),
    MOUNT_SETATTR(442),
    MOVE_MOUNT(429),
    OPENAT(257, 56),
    OPENAT2(437),
    OPEN_TREE(428),
    PIDFD_OPEN(434),
    PIDFD_SEND_SIGNAL(424),
    PIPE2(293, 59),
    PPOLL(271, 73),
    PRCTL(157, 167),
    QUOTACTL_FD(443),
    READ(0, 63),
    READLINKAT(267, 78),
    RENAMEAT2(316, 276),
    SETNS(308, 268),
    STATX(332, 291),
    SYMLINKAT(266, 36),
    SYNCFS(306, 267),
    UMOUNT2(166, 39),
    UNLINKAT(263, 35),
    UNSHARE(272, 97),
    UTIMENSAT(280, 88),
    WAIT4(61, 260);

    private static final boolean X86 = System.getProperty("os.arch").equals("amd64");
    private static final StructLayout STATE = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO = STATE.varHandle(PathElement.groupElement("errno"));
    private static final MethodHandle SYSCALL = Linker.nativeLinker()
            .downcallHandle(
                    Linker.nativeLinker().defaultLookup().findOrThrow("syscall"),
                    FunctionDescriptor.of(
                            JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG),
                    Linker.Option.firstVariadicArg(1),
                    Linker.Option.captureCallState("errno"));

    private final int x86;
    private final int generic;

    SystemCall(int everywhere) {
        this(everywhere, everywhere);
    }

    SystemCall(int x86, int generic) {
        this.x86 = x86;
        this.generic = generic;
    }

    /**
     * Calls the kernel; interrupted calls are repeated.
     *
     * @param what names the object of the call for the error message
     * @param arguments at most six
     * @return the call's result, never negative
     * @throws KernelException when the call failed
     */
    long call(String what, long... arguments) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(STATE);
            while (true) {
                long result = (long) SYSCALL.invokeExact(
                        state,
                        (long) (X86 ? x86 : generic),
                        argument(arguments, 0),
                        argument(arguments, 1),
                        argument(arguments, 2),
                        argument(arguments, 3),
                        argument(arguments, 4),
                        argument(arguments, 5));
                if (result >= 0) {
                    return result;
                }
                int errno = (int) ERRNO.get(state, 0L);
                if (errno != Errno.EINTR) {
                    throw new KernelException(this, what, errno);
                }
            }
        } catch (KernelException e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException("system call " + this + " could not be made", e);
        }
    }

    private static long argument(long[] arguments, int index) {
        return index < arguments.length ? arguments[index] : 0;
    }

    /** Copies {@code bytes} with a terminating zero into native memory and returns its address. */
    static long string(Arena arena, byte[] bytes) {
        MemorySegment segment = arena.allocate(bytes.length + 1L);
        MemorySegment.copy(bytes, 0, segment, JAVA_BYTE, 0, bytes.length);
        return segment.address();
    }
}
