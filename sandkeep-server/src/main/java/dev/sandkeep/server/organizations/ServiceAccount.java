package dev.sandkeep.server.organizations;

import dev.sandkeep.server.platform.security.Role;
import java.time.Instant;

/**
 * A program that works for an organization. Its keys go on when the person who made them leaves.
 *
 * @param role {@code admin} or {@code member}
 * @param createdBy id of the member or service account that made it
 */
public record ServiceAccount(String id, String name, Role role, String createdBy, Instant createdAt) {}
