package dev.sandkeep.linux.volumes;

import java.util.UUID;

/** A real file system on a loop device that lies in memory, where flushing costs nothing. */
final class MemoryDisk {
    private MemoryDisk() {}

    /** A script that mounts one of {@code size} at {@code directory}; with its unmounting nothing is left of it. */
    static String script(String size, String directory) {
        return script(size, directory, "", "");
    }

    /** The same with project quotas; fails where the kernel does not have them. */
    static String withQuotas(String size, String directory) {
        return script(size, directory, "-O quota,project -E quotatype=prjquota", ",prjquota");
    }

    private static String script(String size, String directory, String made, String mounted) {
        String image = "$memory/sandkeep-test-" + UUID.randomUUID();
        return """
                memory=/dev/shm; [ -d "$memory" ] || memory=/tmp
                truncate -s %2$s %1$s && mkfs.ext4 -q -b 4096 -N 4000 %4$s %1$s && mount -o loop%5$s %1$s '%3$s'
                result=$?; rm -f %1$s; [ $result = 0 ]""".formatted(image, size, directory, made, mounted);
    }
}
