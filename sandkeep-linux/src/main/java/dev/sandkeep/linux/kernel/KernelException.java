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
}
