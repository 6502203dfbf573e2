package dev.sandkeep.linux.kernel;

import java.util.Locale;

/** A system call failed. */
public final class KernelException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int errno;

    KernelException(SystemCall call, String what, int errno) {
        super(call.name().toLowerCase(Locale.ROOT) + " " + what + ": " + Errno.name(errno));
        this.errno = errno;
    }

    /** The kernel's error number, one of {@link Errno}'s or another. */
    public int errno() {
        return errno;
    }

    /** Whether the file system or a quota was full. */
    public boolean storageFull() {
        return errno == Errno.ENOSPC || errno == Errno.EDQUOT;
    }

    /** Whether the same call may succeed later: an input or output error, something busy, too much of something in use. */
    public boolean passing() {
        return switch (errno) {
            case Errno.EIO, Errno.EAGAIN, Errno.ENOMEM, Errno.EBUSY, Errno.ENFILE, Errno.EMFILE, Errno.ESTALE -> true;
            default -> false;
        };
    }
}
