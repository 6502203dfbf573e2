package dev.sandkeep.server.api;

import dev.sandkeep.server.profiles.Specification;
import io.swagger.v3.oas.annotations.media.Schema;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A published version, as the API shows it.
 *
 * @param state always "published"
 * @param planDigest SHA-256 of the runtime plan's bytes
 * @param snapshotStatus {@code none}, {@code queued}, {@code running}, {@code ready} or {@code failed}
 * @param snapshotId the snapshot that sessions start from
 * @param activeJobId the job that is queued or running
 * @param lastJob the newest job
 * @param lastRefresh how the newest refresh ended: {@code succeeded} or {@code failed}; the older snapshot still serves then
 * @param lastRefreshFailure why it failed
 * @param automaticRefresh when it is refreshed by itself; only the newest version is
 */
@Schema(name = "Version")
record VersionView(
        String profileId,
        String profileName,
        int number,
        String state,
        Instant publishedAt,
        Specification spec,
        String planDigest,
        String snapshotStatus,
        @Nullable String snapshotId,
        @Nullable String activeJobId,
        @Nullable SnapshotJobView lastJob,
        @Nullable String lastRefresh,
        SnapshotJobView.@Nullable Failure lastRefreshFailure,
        @Nullable ScheduleView automaticRefresh) {}
