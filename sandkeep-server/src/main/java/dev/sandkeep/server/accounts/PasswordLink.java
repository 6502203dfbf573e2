package dev.sandkeep.server.accounts;

import java.time.Instant;

/**
 * A link that lets a person choose a password, which nobody can read again.
 *
 * @param expiresAt after which it is worth nothing
 */
public record PasswordLink(String url, Instant expiresAt) {
    /** Shows no secret. */
    @Override
    public String toString() {
        return "PasswordLink[" + expiresAt + "]";
    }
}
