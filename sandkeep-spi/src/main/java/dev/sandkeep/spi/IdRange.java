package dev.sandkeep.spi;

/**
 * The block of host user and group ids that a sandbox's ids 0 … 65 535 are mapped to.
 *
 * @param first host id of the sandbox's root; 0 means that files are stored with unmapped ids
 */
public record IdRange(long first) {
    /** How many ids every range holds. */
    public static final int SIZE = 65_536;

    /** Ids as they are on the host. */
    public static final IdRange HOST = new IdRange(0);

    public IdRange {
        if (first < 0 || first % SIZE != 0 || first + SIZE > 0xFFFF_FFFEL) {
            throw new IllegalArgumentException("an id range starts at a multiple of " + SIZE + ", was " + first);
        }
    }
}
