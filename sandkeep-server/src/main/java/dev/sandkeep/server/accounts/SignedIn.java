package dev.sandkeep.server.accounts;

/**
 * Somebody who has just signed in.
 *
 * @param cookie of the session
 * @param browser by which the browser is known from now on
 */
public record SignedIn(WebSession session, String cookie, String browser) implements SignInStep {
    /** Names the session and shows no secret. */
    @Override
    public String toString() {
        return "SignedIn[" + session.id() + "]";
    }
}
