package dev.sandkeep.server.schedules;

import java.time.Instant;
import java.util.Locale;
import java.util.Optional;

/**
 * What became of one tick.
 *
 * @param version that was to be refreshed
 * @param jobId its job, or the job that was in the way
 * @param firstMissedAt the first of the ticks that no server was up for and that this one stands for too
 */
public record ScheduleTick(
        String profileId, Instant at, int version, Outcome outcome, String jobId, Optional<Instant> firstMissedAt) {
    /** Whether it queued a job. */
    public enum Outcome {
        /** It did. */
        QUEUED,
        /** A job of the version was queued or running. */
        SKIPPED;

        /** As in the database and in answers. */
        public String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}
