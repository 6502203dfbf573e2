package dev.sandkeep.server.platform.boot;

/**
 * In which order the parts start; they stop in the reverse one. The web server comes last of all (Spring Boot's own phases
 * are near {@link Integer#MAX_VALUE}), so that it is the first to stop taking requests.
 */
public final class StartOrder {
    /** The database is up and migrated. */
    public static final int DATABASE = 0;

    /** What must be in the database before anything reads it: the default organization, the first API key. */
    public static final int FIRST_ROWS = 100;

    /** Features look at what an earlier server left: adopt, clean up. */
    public static final int ADOPTION = 200;

    /** Background work begins. */
    public static final int JOBS = 300;

    private StartOrder() {}
}
