package dev.sandkeep.server.platform.security;

import java.time.Instant;
import java.util.Optional;
import java.util.Set;

/**
 * What a caller showed to be let in, and what it is worth.
 *
 * @param id of the API key, or of the invitation that is being accepted
 * @param role of its owner in the organization
 * @param scopes of the key
 * @param operatesServer whether the organization is the one that looks after the server
 * @param expiresAt after which it is worth nothing
 */
public record Credential(String id, Role role, Set<Scope> scopes, boolean operatesServer, Optional<Instant> expiresAt) {
    public Credential {
        scopes = Set.copyOf(scopes);
    }

    /** Whether it allows {@code permission}. */
    public boolean allows(Permission permission) {
        return permission.allows(role) && permission.allows(scopes) && (operatesServer || !permission.ofTheServer());
    }
}
