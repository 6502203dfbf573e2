package dev.sandkeep.server.profiles;

import java.util.Optional;

/**
 * How a version stands with its snapshots.
 *
 * @param snapshotId the usable snapshot
 * @param activeJobId the queued or running job
 * @param lastJobId the newest job, active or ended
 * @param lastRefresh how the newest ended refresh ended; empty when there was none
 * @param lastRefreshJobId the job of that refresh
 */
public record VersionStatus(
        Snapshot snapshot,
        Optional<String> snapshotId,
        Optional<String> activeJobId,
        Optional<String> lastJobId,
        Optional<Refresh> lastRefresh,
        Optional<String> lastRefreshJobId) {

    /** No job was ever queued. */
    public static final VersionStatus NONE = new VersionStatus(
            Snapshot.NONE, Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());

    /** Whether there is a usable snapshot, and if not, how far it is. */
    public enum Snapshot {
        NONE,
        QUEUED,
        RUNNING,
        READY,
        FAILED
    }

    /** How a refresh ended. */
    public enum Refresh {
        SUCCEEDED,
        FAILED
    }
}
