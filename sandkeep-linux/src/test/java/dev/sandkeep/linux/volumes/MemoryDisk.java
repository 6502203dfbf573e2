package dev.sandkeep.linux.volumes;

import java.util.UUID;

/** A real file system on a loop device that lies in memory, where flushing costs nothing. */
final class MemoryDisk {
    private MemoryDisk() {}

    /** A script that mounts one of {@code size} at {@code directory}; with its unmounting nothing is left of it. */
    static String script(String size, String directory) {
        return script(size, directory, "-N 4000", "");
    }

    /** A large one, whose memory is free again when files in it are removed. */
    static String large(String directory) {
        return script("4G", directory, "", ",discard");
    }

    /** A small one with project quotas; fails where the kernel does not have them. */
    static String withQuotas(String size, String directory) {
        return script(size, directory, "-N 4000 -O quota,project -E quotatype=prjquota", ",prjquota");
    }

    private static String script(String size, String directory, String made, String mounted) {
        String image = "$memory/sandkeep-test-" + UUID.randomUUID();
        return """
                memory=/dev/shm
                [ "$(stat -f -c '%%a * %%S / 1073741824' $memory | xargs expr)" -ge 4 ] 2> /dev/null || memory=/tmp
                truncate -s %2$s %1$s && mkfs.ext4 -q -b 4096 %4$s %1$s && mount -o loop%5$s %1$s '%3$s'
                result=$?; rm -f %1$s; [ $result = 0 ]""".formatted(image, size, directory, made, mounted);
    }
}
