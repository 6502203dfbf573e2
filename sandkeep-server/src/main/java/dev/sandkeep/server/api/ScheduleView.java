package dev.sandkeep.server.api;

import io.swagger.v3.oas.annotations.media.Schema;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * When the newest version of a profile is refreshed by itself, as the API shows it.
 *
 * @param version the newest published one; null when no schedule was ever set
 * @param cron five fields; null when no schedule was ever set
 * @param onlyIfChanged whether a tick builds only when something has changed
 * @param description the expression in words
 * @param nextRuns the next five; none while it is off or held
 * @param failures scheduled refreshes in a row that failed
 * @param held why it does not run although it is on
 * @param lastTicks what became of the newest ticks, newest first
 */
@Schema(name = "Schedule")
record ScheduleView(
        String profileId,
        @Nullable Integer version,
        boolean enabled,
        @Nullable String cron,
        @Nullable String timeZone,
        boolean onlyIfChanged,
        @Nullable String description,
        List<Instant> nextRuns,
        int failures,
        @Nullable Held held,
        List<Tick> lastTicks,
        @Nullable Instant updatedAt) {
    /**
     * The schedule waits for a refresh that succeeds.
     *
     * @param jobId the last job that failed
     */
    @Schema(name = "ScheduleHold")
    record Held(Instant since, String jobId, String message, String nextStep) {}

    /**
     * What became of a tick.
     *
     * @param outcome {@code queued}, or {@code skipped} when a job was in the way
     * @param jobId its job, or the job that was in the way
     * @param firstMissedAt the first of the ticks that no server was up for and that this one stands for too
     */
    @Schema(name = "ScheduleTick")
    record Tick(
            Instant at,
            int version,
            String outcome,
            String jobId,
            @Nullable Instant firstMissedAt) {}

    /** That of a profile which never had one. */
    static ScheduleView none(String profileId) {
        return new ScheduleView(profileId, null, false, null, null, false, null, List.of(), 0, null, List.of(), null);
    }
}
