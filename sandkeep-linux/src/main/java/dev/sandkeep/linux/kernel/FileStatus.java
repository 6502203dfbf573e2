package dev.sandkeep.linux.kernel;

/**
 * What {@code statx} says of a file, links not followed.
 *
 * @param mode type and permission bits as in {@code st_mode}
 * @param blocks allocated units of 512 bytes
 * @param modifiedNanos modification time in nanoseconds since 1970
 * @param changedNanos when content or any attribute last changed, likewise; nobody can set it
 * @param device major and minor number of the file system, {@code major << 32 | minor}
 * @param special the device that a device node names, {@code major << 32 | minor}
 */
public record FileStatus(
        int mode,
        long uid,
        long gid,
        long inode,
        int links,
        long size,
        long blocks,
        long modifiedNanos,
        long changedNanos,
        long device,
        long special) {
    public static final int TYPE_MASK = 0170000;
    public static final int DIRECTORY = 0040000;
    public static final int REGULAR = 0100000;
    public static final int SYMLINK = 0120000;
    public static final int CHARACTER_DEVICE = 0020000;
    public static final int BLOCK_DEVICE = 0060000;
    public static final int FIFO = 0010000;
    public static final int SOCKET = 0140000;

    private static final int BLOCK = 512;

    /** The file's type, one of the constants here or another of {@code S_IFMT}. */
    public int type() {
        return mode & TYPE_MASK;
    }

    /** The permission bits with set-id and sticky. */
    public int permissions() {
        return mode & 07777;
    }

    /** Bytes that it takes on disk. */
    public long storedBytes() {
        return blocks * BLOCK;
    }

    public boolean isDirectory() {
        return type() == DIRECTORY;
    }

    /** Whether this is how overlayfs notes that a name was removed: a character device 0/0. */
    public boolean isWhiteout() {
        return type() == CHARACTER_DEVICE && special == 0;
    }
}
