package dev.sandkeep.linux.slots;

import dev.sandkeep.linux.kernel.Descriptor;
import dev.sandkeep.spi.IdRange;

/**
 * A claimed slot with its namespaces.
 *
 * @param number names it on this host
 * @param address the sandbox's own
 * @param gateway the host's end of the sandbox's link
 * @param users a user namespace that maps 0 … 65 535 to {@link #range()}
 * @param maps shows files stored in other ids as this slot's
 * @param network a network namespace that belongs to {@code users}, with {@code eth0} up
 */
public record Slot(int number, String address, String gateway, Descriptor users, IdMaps maps, Descriptor network)
        implements AutoCloseable {
    /** Above what distributions hand out: systemd's own ranges for containers end at 0x6FFFFFFF. */
    private static final long FIRST_ID = 0x7000_0000L;

    /** The host ids of this slot. */
    public IdRange range() {
        return rangeOf(number);
    }

    static IdRange rangeOf(int number) {
        return new IdRange(FIRST_ID + (long) number * IdRange.SIZE);
    }

    /** Lets go of the namespaces; they live on while a process is in them. */
    @Override
    public void close() {
        try (users;
                maps) {
            network.close();
        }
    }
}
