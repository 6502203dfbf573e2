package dev.sandkeep.server.platform.security;

/**
 * Who wants something. Everything that a caller can see or change belongs to its organization.
 *
 * @param organizationId whose things it works on
 * @param actor how the event log names it: a member's id, or {@link #SYSTEM}
 */
public record Caller(String organizationId, String actor) {
    /** The actor of what the server does by itself. */
    public static final String SYSTEM = "system";

    /** The server itself, working on an organization's things. */
    public static Caller system(String organizationId) {
        return new Caller(organizationId, SYSTEM);
    }
}
