package dev.sandkeep.linux.kernel;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Limits for directories by project quotas, as ext4 and XFS have them: every file belongs to a project, a number that new files take
 * over from their directory, and a project may take so many bytes.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/quotactl.2.html">quotactl(2), Q_SETQUOTA, struct dqblk</a>
 * @see <a href="https://man7.org/linux/man-pages/man2/ioctl_fsxattr.2.html">FS_IOC_FSSETXATTR</a>
 */
public final class ProjectQuota {
    private static final long FS_IOC_FSGETXATTR = 0x801c581fL;
    private static final long FS_IOC_FSSETXATTR = 0x401c5820L;
    private static final int FSXATTR_BYTES = 28;
    private static final int FSXATTR_PROJECT = 12;
    private static final int FS_XFLAG_PROJINHERIT = 0x200;

    private static final long GET_PROJECT_QUOTA = 0x800007L << 8 | 2;
    private static final long SET_PROJECT_QUOTA = 0x800008L << 8 | 2;
    private static final int DQBLK_BYTES = 72;
    private static final int DQBLK_HARD = 0;
    private static final int DQBLK_SOFT = 8;
    private static final int DQBLK_SPACE = 16;
    private static final int DQBLK_FILES = 40;
    private static final int DQBLK_VALID = 64;
    private static final int QIF_BLIMITS = 1;
    /** In which limits are counted. */
    private static final long BLOCK = 1024;

    private ProjectQuota() {}

    /**
     * What a project takes.
     *
     * @param bytes stored in its files and directories
     * @param files how many there are
     * @param limit of bytes; 0 for none
     */
    public record Usage(long bytes, long files, long limit) {}

    /** The project of a directory; 0 for none. */
    public static long of(Directory directory) {
        try (Arena arena = Arena.ofConfined()) {
            return Integer.toUnsignedLong(attributes(arena, directory).get(JAVA_INT, FSXATTR_PROJECT));
        }
    }

    /** Gives an empty directory, and what will be made in it, to a project. */
    public static void give(Directory directory, long project) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment attributes = attributes(arena, directory);
            attributes.set(JAVA_INT, 0, attributes.get(JAVA_INT, 0) | FS_XFLAG_PROJINHERIT);
            attributes.set(JAVA_INT, FSXATTR_PROJECT, (int) project);
            SystemCall.IOCTL.call(
                    directory.toString(), directory.descriptor().number(), FS_IOC_FSSETXATTR, attributes.address());
        }
    }

    private static MemorySegment attributes(Arena arena, Directory directory) {
        MemorySegment attributes = arena.allocate(FSXATTR_BYTES, 8);
        SystemCall.IOCTL.call(
                directory.toString(), directory.descriptor().number(), FS_IOC_FSGETXATTR, attributes.address());
        return attributes;
    }

    /** Lets a project of the directory's file system take so many bytes; 0 for any number. */
    public static void limit(Directory directory, long project, long bytes) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment quota = arena.allocate(DQBLK_BYTES, 8);
            quota.set(JAVA_LONG, DQBLK_HARD, (bytes + BLOCK - 1) / BLOCK);
            quota.set(JAVA_LONG, DQBLK_SOFT, 0);
            quota.set(JAVA_INT, DQBLK_VALID, QIF_BLIMITS);
            SystemCall.QUOTACTL_FD.call(
                    directory.toString(), directory.descriptor().number(), SET_PROJECT_QUOTA, project, quota.address());
        }
    }

    /** What a project of the directory's file system takes. */
    public static Usage usage(Directory directory, long project) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment quota = arena.allocate(DQBLK_BYTES, 8);
            SystemCall.QUOTACTL_FD.call(
                    directory.toString(), directory.descriptor().number(), GET_PROJECT_QUOTA, project, quota.address());
            return new Usage(
                    quota.get(JAVA_LONG, DQBLK_SPACE),
                    quota.get(JAVA_LONG, DQBLK_FILES),
                    quota.get(JAVA_LONG, DQBLK_HARD) * BLOCK);
        } catch (KernelException e) {
            if (e.errno() == Errno.ENOENT) {
                // XFS knows nothing of a project that never had a file.
                return new Usage(0, 0, 0);
            }
            throw e;
        }
    }
}
