package dev.sandkeep.server.api;

import dev.sandkeep.server.snapshots.Snapshot;
import io.swagger.v3.oas.annotations.media.Schema;
import java.time.Instant;

/**
 * A snapshot, as the API shows it.
 *
 * @param jobId the job that made it
 * @param planDigest of the plan that it was made by
 * @param baseImageDigest of what it was made from
 * @param current whether new sessions of the version start from it
 */
@Schema(name = "Snapshot")
record SnapshotView(
        String id,
        String profileId,
        String profileName,
        int version,
        String jobId,
        String planDigest,
        String baseImageDigest,
        Instant createdAt,
        boolean current) {

    static SnapshotView of(Snapshot snapshot) {
        return new SnapshotView(
                snapshot.id(),
                snapshot.profileId(),
                snapshot.profileName(),
                snapshot.version(),
                snapshot.jobId(),
                snapshot.planDigest(),
                snapshot.baseImageDigest(),
                snapshot.createdAt(),
                snapshot.current());
    }
}
