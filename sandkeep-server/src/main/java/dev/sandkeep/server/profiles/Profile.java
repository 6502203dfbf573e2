package dev.sandkeep.server.profiles;

import java.time.Instant;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A named environment.
 *
 * @param name unique in the organization
 * @param latestVersion number of the newest published version; empty while there is none
 */
public record Profile(
        String id,
        String organizationId,
        String name,
        Instant createdAt,
        OptionalInt latestVersion,
        Optional<Draft> draft) {}
