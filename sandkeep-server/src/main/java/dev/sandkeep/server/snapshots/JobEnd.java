package dev.sandkeep.server.snapshots;

/**
 * A snapshot job is over.
 *
 * @param version 0 for the test of a setup script
 * @param state how; never {@code queued} or {@code running}
 */
public record JobEnd(
        String jobId,
        String organization,
        String profileId,
        int version,
        SnapshotTrigger trigger,
        SnapshotJobState state) {}
