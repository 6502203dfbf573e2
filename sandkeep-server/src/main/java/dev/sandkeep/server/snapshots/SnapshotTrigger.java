package dev.sandkeep.server.snapshots;

import java.util.Locale;

/** Why a snapshot job was queued. */
public enum SnapshotTrigger {
    PUBLISH,
    MANUAL_REFRESH,
    SCHEDULED_REFRESH,
    /** Nobody's snapshot: a draft's setup script is tried out. */
    SETUP_TEST;

    /** As in the database and in answers. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The reverse of {@link #text()}. */
    public static SnapshotTrigger of(String text) {
        return valueOf(text.toUpperCase(Locale.ROOT));
    }
}
