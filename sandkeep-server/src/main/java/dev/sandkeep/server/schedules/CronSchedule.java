package dev.sandkeep.server.schedules;

import com.cronutils.descriptor.CronDescriptor;
import com.cronutils.model.Cron;
import com.cronutils.model.CronType;
import com.cronutils.model.definition.CronDefinitionBuilder;
import com.cronutils.model.time.ExecutionTime;
import com.cronutils.parser.CronParser;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * When something is due: a cron expression of five fields (minute, hour, day of month, month, day of week), read by the clocks
 * of a time zone.
 *
 * <p>Where clocks are set forward, a time that they skip is due as much later as they skip. Where they are set back, a time that
 * they show twice is due the first time. So a time of day comes exactly once a day.
 */
public final class CronSchedule {
    private static final CronParser PARSER = new CronParser(CronDefinitionBuilder.instanceDefinitionFor(CronType.UNIX));
    /** How far back the ticks that were missed are gone through one by one. */
    private static final Duration RETRACED = Duration.ofDays(2);

    private final Cron cron;
    private final ExecutionTime times;
    private final ZoneId zone;

    private CronSchedule(Cron cron, ZoneId zone) {
        this.cron = cron;
        this.times = ExecutionTime.forCron(cron);
        this.zone = zone;
    }

    /**
     * Reads an expression.
     *
     * @throws IllegalArgumentException when it is none, saying why
     */
    public static CronSchedule parse(String expression, ZoneId zone) {
        return new CronSchedule(PARSER.parse(expression), zone);
    }

    /** In English words, such as "at 03:00 at Monday day". */
    public String description() {
        return CronDescriptor.instance(Locale.ENGLISH).describe(cron);
    }

    /** The first time after {@code after}; empty when there is none, as for the 30th of February. */
    public Optional<Instant> next(Instant after) {
        LocalDateTime shown = LocalDateTime.ofInstant(after, zone);
        while (true) {
            // By clocks that are never set, so that the library has no opinion on those that are.
            Optional<LocalDateTime> found =
                    times.nextExecution(shown.atZone(ZoneOffset.UTC)).map(it -> it.toLocalDateTime());
            if (found.isEmpty()) {
                return Optional.empty();
            }
            Instant at = found.get().atZone(zone).toInstant();
            if (at.isAfter(after)) {
                return Optional.of(at);
            }
            shown = found.get();
        }
    }

    /** The next {@code count} times after {@code after}; fewer when there are no more. */
    public List<Instant> nextRuns(Instant after, int count) {
        List<Instant> runs = new ArrayList<>();
        Optional<Instant> next = next(after);
        while (next.isPresent() && runs.size() < count) {
            runs.add(next.get());
            next = next(next.get());
        }
        return runs;
    }

    /**
     * The newest tick up to {@code now} that stands for all since {@code due}, which is one of them.
     *
     * @param due not after {@code now}
     */
    Instant newestDue(Instant due, Instant now) {
        Instant newest = due;
        Instant retraced = now.minus(RETRACED);
        Optional<Instant> next = next(due.isBefore(retraced) ? retraced : due);
        while (next.isPresent() && !next.get().isAfter(now)) {
            newest = next.get();
            next = next(newest);
        }
        return newest;
    }
}
