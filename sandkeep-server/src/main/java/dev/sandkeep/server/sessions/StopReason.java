package dev.sandkeep.server.sessions;

import java.util.Locale;

/** Why a sandbox was stopped. */
public enum StopReason {
    USER,
    IDLE,
    EXPIRED,
    COMPUTE_LOST,
    SYSTEM,
    FAILED;

    /** As in the database and in answers. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The reverse of {@link #text()}. */
    public static StopReason of(String text) {
        return valueOf(text.toUpperCase(Locale.ROOT));
    }
}
