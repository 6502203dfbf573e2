package dev.sandkeep.server.api;

import dev.sandkeep.server.snapshots.Snapshot;
import io.swagger.v3.oas.annotations.media.Schema;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A snapshot, as the API shows it.
 *
 * @param jobId the job that made it
 * @param planDigest of the plan that it was made by
 * @param baseImageDigest of what it was made from
 * @param current whether new sessions of the version start from it
 * @param parent the snapshot that maintenance built it on
 * @param ownBytes what it takes on disk beside what it shares with others; null while that was not added up
 * @param pin why it is kept
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
        boolean current,
        @Nullable String parent,
        @Nullable Long ownBytes,
        @Nullable Pin pin) {
    /** Keeps a snapshot, whatever comes after it. */
    @Schema(name = "SnapshotPin")
    record Pin(Instant at, String by, String reason) {}

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
                snapshot.current(),
                snapshot.parent().orElse(null),
                snapshot.ownBytes().isPresent() ? (Long) snapshot.ownBytes().getAsLong() : null,
                snapshot.pin()
                        .map(pin -> new Pin(pin.at(), pin.by(), pin.reason()))
                        .orElse(null));
    }
}
