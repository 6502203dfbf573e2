package dev.sandkeep.server.dashboard;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** Values as people read them. */
public final class Shown {
    private static final DateTimeFormatter EXACT = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss 'UTC'", Locale.ROOT)
            .withZone(ZoneOffset.UTC);
    private static final String[] UNITS = {"B", "KiB", "MiB", "GiB", "TiB"};

    private Shown() {}

    /** To the second. */
    public static String exact(Instant at) {
        return EXACT.format(at);
    }

    /** How long ago, or how far ahead: "5 minutes ago", "in 2 hours". */
    public static String relative(Instant at, Instant now) {
        long seconds = Duration.between(at, now).toSeconds();
        if (Math.abs(seconds) < 5) {
            return "just now";
        }
        String span = largest(Math.abs(seconds));
        return seconds > 0 ? span + " ago" : "in " + span;
    }

    private static String largest(long seconds) {
        long[] sizes = {31_536_000, 2_592_000, 86_400, 3600, 60, 1};
        String[] names = {"year", "month", "day", "hour", "minute", "second"};
        for (int i = 0; i < sizes.length; i++) {
            long count = Math.round((double) seconds / sizes[i]);
            if (seconds >= sizes[i]) {
                return count + " " + names[i] + (count == 1 ? "" : "s");
            }
        }
        return "0 seconds";
    }

    /** A span of time: "340 ms", "2.4 s", "3 min 5 s". */
    public static String span(Duration span) {
        if (span.toMillis() < 1000) {
            return span.toMillis() + " ms";
        }
        if (span.toSeconds() < 60) {
            return String.format(Locale.ROOT, "%.1f s", span.toMillis() / 1000.0);
        }
        if (span.toMinutes() < 60) {
            return span.toMinutes() + " min " + span.toSecondsPart() + " s";
        }
        return span.toHours() + " h " + span.toMinutesPart() + " min";
    }

    /** A length that somebody set: "10 minutes", "7 days"; in the largest unit that fits without a rest. */
    public static String length(Duration length) {
        long seconds = length.toSeconds();
        if (seconds == 0) {
            return length.toMillis() + " ms";
        }
        if (seconds % 86_400 == 0) {
            return count(seconds / 86_400, "day");
        }
        if (seconds % 3600 == 0) {
            return count(seconds / 3600, "hour");
        }
        return seconds % 60 == 0 ? count(seconds / 60, "minute") : count(seconds, "second");
    }

    /** A size: "1.5 GiB". */
    public static String bytes(long bytes) {
        double value = bytes;
        int unit = 0;
        while (value >= 1024 && unit < UNITS.length - 1) {
            value /= 1024;
            unit++;
        }
        return unit == 0 ? bytes + " B" : String.format(Locale.ROOT, "%.1f %s", value, UNITS[unit]);
    }

    /** A word of the API as people write it. */
    public static String words(String state) {
        return state.replace('_', ' ');
    }

    /** How a state looks: fine, going on, to be looked at, broken, or none of these. */
    public static String tone(String state) {
        return switch (state) {
            case "running", "ready", "succeeded", "passed", "persistent", "healthy", "adopted", "repaired", "ok" ->
                "good";
            case "queued", "pending", "starting", "stopping", "building", "open" -> "busy";
            case "warning", "skipped", "expired", "held", "needs_person", "idle", "compute_lost" -> "warn";
            case "failed", "error", "missing" -> "bad";
            default -> "";
        };
    }

    /** "1 session", "2 sessions". */
    public static String count(long count, String one) {
        return count + " " + one + (count == 1 ? "" : "s");
    }
}
