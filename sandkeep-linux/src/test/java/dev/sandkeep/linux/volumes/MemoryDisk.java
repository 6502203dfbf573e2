package dev.sandkeep.linux.volumes;

import java.util.UUID;

/** A real file system on a loop device that lies in memory, where flushing costs nothing. */
final class MemoryDisk {
    private MemoryDisk() {}

    /** A script that mounts one of {@code size} at {@code directory}; with its unmounting nothing is left of it. */
    static String script(String size, String directory) {
        String image = "$memory/sandkeep-test-" + UUID.randomUUID();
        return """
                memory=/dev/shm; [ -d "$memory" ] || memory=/tmp
                truncate -s %s %s && mkfs.ext4 -q -b 4096 -N 4000 %s && mount -o loop %s '%s'; result=$?; rm -f %s; [ $result = 0 ]""".formatted(size, image, image, image, directory, image);
    }
}
