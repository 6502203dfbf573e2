package dev.sandkeep.server.accounts;

/**
 * The password was right, and a code of the second factor is asked for.
 *
 * @param challenge by which the browser is known until then
 */
public record CodeNeeded(String challenge) implements SignInStep {
    /** Shows no secret. */
    @Override
    public String toString() {
        return "CodeNeeded[]";
    }
}
