package dev.sandkeep.linux.kernel;

/** Flags of {@code open} and of the calls on names, as in the kernel's headers. */
final class OpenFlags {
    private static final boolean X86 = System.getProperty("os.arch").equals("amd64");

    static final int AT_FDCWD = -100;
    static final int AT_SYMLINK_NOFOLLOW = 0x100;
    static final int AT_REMOVEDIR = 0x200;
    static final int AT_EMPTY_PATH = 0x1000;
    static final int O_RDONLY = 0;
    static final int O_WRONLY = 1;
    static final int O_RDWR = 2;
    static final int O_CREAT = 0100;
    static final int O_EXCL = 0200;
    static final int O_NONBLOCK = 04000;
    static final int O_DIRECTORY = X86 ? 0200000 : 040000;
    static final int O_NOFOLLOW = X86 ? 0400000 : 0100000;
    static final int O_CLOEXEC = 02000000;

    private OpenFlags() {}
}
