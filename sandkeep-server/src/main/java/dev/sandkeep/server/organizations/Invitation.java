package dev.sandkeep.server.organizations;

import dev.sandkeep.server.platform.security.Role;
import java.time.Instant;
import java.util.Optional;

/**
 * An invitation that nobody has accepted yet.
 *
 * @param role that whoever accepts it will have
 * @param email for whom it is meant; whoever holds the text is let in
 * @param createdBy id of the member or service account that invites
 * @param expiresAt after which it is worth nothing
 */
public record Invitation(
        String id, Role role, Optional<String> email, String createdBy, Instant createdAt, Instant expiresAt) {}
