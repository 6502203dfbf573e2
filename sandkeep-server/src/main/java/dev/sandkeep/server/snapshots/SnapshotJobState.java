package dev.sandkeep.server.snapshots;

import java.util.Locale;

/** Where a snapshot job is in its life; {@code docs/states.md} has the arrows. */
public enum SnapshotJobState {
    QUEUED,
    RUNNING,
    SUCCEEDED,
    FAILED,
    CANCELED,
    /** A refresh that was to build only if something had changed, and nothing had. */
    SKIPPED;

    /** As in the database and in answers. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The reverse of {@link #text()}. */
    public static SnapshotJobState of(String text) {
        return valueOf(text.toUpperCase(Locale.ROOT));
    }

    /** Whether it will never change again. */
    public boolean over() {
        return this != QUEUED && this != RUNNING;
    }
}
