package dev.sandkeep.spi;

/**
 * What one compute may use at most.
 *
 * @param memoryBytes resident memory including page cache charged to it, at least 16 MiB
 * @param cpus processors, for example 0.5; more than 0
 * @param pids processes and threads, at least 8
 * @param diskBytes what it may write outside and inside persisted paths together, at least 16 MiB; of files it may make one for
 *     every 4 KiB of that, or 10 000 if that is more
 */
public record Limits(long memoryBytes, double cpus, int pids, long diskBytes) {
    private static final long MIB = 1L << 20;

    public Limits {
        if (memoryBytes < 16 * MIB || diskBytes < 16 * MIB || !(cpus > 0) || pids < 8) {
            throw new IllegalArgumentException("limits out of range: memoryBytes=" + memoryBytes + " cpus=" + cpus
                    + " pids=" + pids + " diskBytes=" + diskBytes);
        }
    }

    /** Limits given in mebibytes. */
    public static Limits ofMebibytes(long memory, double cpus, int pids, long disk) {
        return new Limits(memory * MIB, cpus, pids, disk * MIB);
    }
}
