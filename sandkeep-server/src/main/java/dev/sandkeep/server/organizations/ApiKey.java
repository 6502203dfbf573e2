package dev.sandkeep.server.organizations;

import dev.sandkeep.server.platform.security.Scope;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;

/**
 * An API key, as it may be shown: never its text.
 *
 * @param beginning of its text, by which people tell keys apart; empty for one that is older than this column
 * @param owner id of the member or service account that it stands for
 * @param ownerName the same for people
 * @param createdBy id of whoever asked for it, or {@code system}
 * @param lastUsedAt to the minute
 */
public record ApiKey(
        String id,
        String name,
        String beginning,
        String owner,
        String ownerName,
        Set<Scope> scopes,
        String createdBy,
        Instant createdAt,
        Optional<Instant> expiresAt,
        Optional<Instant> lastUsedAt) {
    public ApiKey {
        scopes = Set.copyOf(scopes);
    }
}
