package dev.sandkeep.server.platform.jobs;

/** Rows outside the queue that a server works on under a lease; implemented by features that have such rows. */
public interface LeasedRows {
    /**
     * A server of this data directory is known to be dead: its leases mean nothing any more.
     *
     * @param server its id
     * @return how many rows it held
     */
    int serverDied(String server);
}
