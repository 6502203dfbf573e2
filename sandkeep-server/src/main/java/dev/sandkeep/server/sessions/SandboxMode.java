package dev.sandkeep.server.sessions;

import java.util.Locale;

/** Whether a sandbox's persisted paths outlive its compute. */
public enum SandboxMode {
    EPHEMERAL,
    PERSISTENT;

    /** As in the database and in answers. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The reverse of {@link #text()}. */
    public static SandboxMode of(String text) {
        return valueOf(text.toUpperCase(Locale.ROOT));
    }
}
