package dev.sandkeep.server.api;

import io.swagger.v3.oas.annotations.media.Schema;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A snapshot job, as the API shows it.
 *
 * @param version null for the test of a setup script
 * @param trigger {@code publish}, {@code manual_refresh}, {@code scheduled_refresh} or {@code setup_test}
 * @param full whether it builds from the base image in any case
 * @param onlyIfChanged whether it ends as skipped when nothing has changed
 * @param state {@code queued}, {@code running}, {@code succeeded}, {@code failed}, {@code canceled} or {@code skipped}
 * @param phase that it is in, or ended in
 * @param attempt 1, 2, 3 …; 0 while it was never begun
 * @param snapshotId what it made
 * @param failure why it made nothing
 */
@Schema(name = "SnapshotJob")
public record SnapshotJobView(
        String id,
        String profileId,
        String profileName,
        @Nullable Integer version,
        String trigger,
        boolean full,
        boolean onlyIfChanged,
        String state,
        @Nullable String phase,
        int attempt,
        @Nullable String snapshotId,
        @Nullable Failure failure,
        Instant queuedAt,
        @Nullable Instant startedAt,
        @Nullable Instant endedAt,
        List<PhaseView> phases) {

    /**
     * Why a job failed.
     *
     * @param code see docs/errors.md
     * @param lastLines of the output of what failed
     */
    @Schema(name = "SnapshotJobFailure")
    public record Failure(
            String code,
            @Nullable String phase,
            String message,
            @Nullable Integer exitCode,
            List<String> lastLines,
            String nextStep) {}

    /**
     * One phase of a job.
     *
     * @param durationMs null while it runs
     */
    @Schema(name = "SnapshotJobPhase")
    public record PhaseView(
            String name, Instant startedAt, @Nullable Long durationMs) {}
}
