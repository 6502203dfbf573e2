package dev.sandkeep.server.platform.database;

import java.util.List;

/**
 * What the database takes.
 *
 * @param bytes of all of it
 * @param largest tables with their indexes, largest first
 */
public record DatabaseSize(long bytes, List<Table> largest) {
    public DatabaseSize {
        largest = List.copyOf(largest);
    }

    /** One table. */
    public record Table(String name, long bytes) {}
}
