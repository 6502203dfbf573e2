package dev.sandkeep.cli.terminal;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Locale;

/** Times as people read them. */
public final class Times {
    private Times() {}

    /** How long something took: {@code 26.4 ms}, {@code 3.2 s}, {@code 2 min 5 s}. */
    public static String took(Duration duration) {
        double millis = duration.toNanos() / 1e6;
        if (millis < 1000) {
            return String.format(Locale.ROOT, millis < 100 ? "%.1f ms" : "%.0f ms", millis);
        }
        if (millis < 60_000) {
            return String.format(Locale.ROOT, "%.1f s", millis / 1000);
        }
        return duration.toMinutes() + " min " + duration.toSecondsPart() + " s";
    }

    /** How long since a monotonic instant of {@link System#nanoTime}. */
    public static Duration since(long nanoTime) {
        return Duration.ofNanos(System.nanoTime() - nanoTime);
    }

    /**
     * How long ago: {@code 12 s ago}, {@code 3 min ago}, {@code 5 h ago}, {@code 9 d ago}.
     *
     * @param at RFC 3339; empty or unreadable text is shown as {@code -}
     */
    public static String ago(String at, Instant now) {
        Instant then;
        try {
            then = Instant.parse(at);
        } catch (java.time.format.DateTimeParseException e) {
            return "-";
        }
        long seconds = Math.max(0, ChronoUnit.SECONDS.between(then, now));
        if (seconds < 60) {
            return seconds + " s ago";
        }
        if (seconds < 3600) {
            return seconds / 60 + " min ago";
        }
        return seconds < 2 * 86_400 ? seconds / 3600 + " h ago" : seconds / 86_400 + " d ago";
    }
}
