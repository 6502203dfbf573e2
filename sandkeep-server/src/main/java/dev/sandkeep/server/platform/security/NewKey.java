package dev.sandkeep.server.platform.security;

import java.time.Instant;
import java.util.Optional;
import java.util.Set;

/**
 * A key to be stored.
 *
 * @param owner the member or service account that it stands for, by id
 * @param ofServiceAccount which of the two the owner is
 * @param name for people
 * @param scopes what it may be used for, of what its owner may do
 * @param createdBy id of whoever asked for it, or {@link Caller#SYSTEM}
 */
public record NewKey(
        String organizationId,
        String owner,
        boolean ofServiceAccount,
        String name,
        Set<Scope> scopes,
        Optional<Instant> expiresAt,
        String createdBy) {
    public NewKey {
        scopes = Set.copyOf(scopes);
    }

    /** A member's key with every scope, for ever. */
    public static NewKey unrestricted(String organizationId, String memberId, String name, String createdBy) {
        return new NewKey(organizationId, memberId, false, name, Scope.ALL, Optional.empty(), createdBy);
    }
}
