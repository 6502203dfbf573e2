package dev.sandkeep.server.organizations;

import java.util.Arrays;
import java.util.Locale;

/** What an organization can have only so many of, when somebody has set how many. */
public enum Quota {
    RUNNING_SESSIONS(
            "Sessions that run at a time", "sessions that run or start", "Stop a session that is not needed now", 0),
    SESSIONS("Sessions kept, running or not", "sessions", "Delete a session that is not needed any more", 0),
    PROFILES("Sandbox profiles", "profiles", "Delete a profile that is not needed any more", 0),
    MEMBERS("Members", "members", "Remove a member who is not needed any more", 1),
    SNAPSHOT_BUILDS(
            "Snapshot builds at a time; further ones wait for their turn",
            "snapshot builds",
            "Wait for a build to end",
            1);

    /** Beyond any use, and far from where numbers end. */
    public static final long MOST = 1_000_000_000;

    private final String description;
    private final String counted;
    private final String relief;
    private final long least;

    Quota(String description, String counted, String relief, long least) {
        this.description = description;
        this.counted = counted;
        this.relief = relief;
        this.least = least;
    }

    /** The one that is written so. */
    static Quota of(String text) {
        return Arrays.stream(values())
                .filter(quota -> quota.text().equals(text))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no quota '" + text + "'"));
    }

    /** As it is written everywhere: {@code running_sessions}. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** What is counted, for people. */
    public String description() {
        return description;
    }

    /** The lowest that it can be set to: where nothing could be done any more, it is no quota. */
    public long least() {
        return least;
    }

    /** In the middle of a sentence, in the plural. */
    String counted() {
        return counted;
    }

    /** What makes room, as a sentence without its end. */
    String relief() {
        return relief;
    }
}
