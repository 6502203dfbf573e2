package dev.sandkeep.server.schedules;

import java.time.Instant;
import java.time.ZoneId;
import java.util.Optional;

/**
 * When the newest published version of a profile is refreshed by itself.
 *
 * @param version the newest published one
 * @param cron five fields
 * @param onlyIfChanged whether a tick builds only when something has changed
 * @param nextAt the tick that comes next; empty when it is off
 * @param failures scheduled refreshes in a row that failed
 * @param held why it does not run although it is on; empty when it does
 * @param updatedBy the actor that set it
 */
public record RefreshSchedule(
        String profileId,
        String organization,
        int version,
        boolean enabled,
        String cron,
        ZoneId zone,
        boolean onlyIfChanged,
        Optional<Instant> nextAt,
        int failures,
        Optional<Hold> held,
        Instant updatedAt,
        String updatedBy) {
    /** Scheduled refreshes in a row that may fail before the schedule holds itself. */
    public static final int MOST_FAILURES = 3;

    /**
     * It waits for a refresh that succeeds.
     *
     * @param jobId the last job that failed
     */
    public record Hold(Instant since, String jobId) {}

    /** The expression, read. */
    public CronSchedule times() {
        return CronSchedule.parse(cron, zone);
    }
}
