package dev.sandkeep.server.accounts;

import java.time.Instant;

/**
 * A session of a browser, as its person may see it.
 *
 * @param method how it began: {@code password}, {@code link}, {@code invitation} or {@code openid}
 * @param address that it was last used from
 * @param agent what the browser says it is
 * @param lastUsedAt to the minute
 * @param expiresAt when it ends if it is used; unused it ends earlier
 */
public record ListedSession(
        String id,
        String method,
        String address,
        String agent,
        Instant createdAt,
        Instant lastUsedAt,
        Instant expiresAt) {}
