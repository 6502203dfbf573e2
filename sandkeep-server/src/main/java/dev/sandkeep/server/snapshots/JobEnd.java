package dev.sandkeep.server.snapshots;

/**
 * A snapshot job is over.
 *
 * @param state how; never {@code queued} or {@code running}
 */
public record JobEnd(
        String jobId,
        String organization,
        String profileId,
        int version,
        SnapshotTrigger trigger,
        SnapshotJobState state) {}
