package dev.sandkeep.server.organizations;

import java.time.Instant;

/**
 * A tenant.
 *
 * @param name for people
 */
public record Organization(String id, String name, Instant createdAt) {}
