package dev.sandkeep.server.profiles;

import java.time.Instant;

/**
 * A published version; it never changes.
 *
 * @param number 1, 2, 3 …
 * @param publishedBy the actor
 * @param planDigest of the runtime plan's bytes
 */
public record ProfileVersion(
        String profileId,
        String profileName,
        int number,
        Instant publishedAt,
        String publishedBy,
        Specification spec,
        String planDigest) {}
