package dev.sandkeep.server.organizations;

import dev.sandkeep.server.platform.security.Role;
import java.time.Instant;

/**
 * A person in an organization.
 *
 * @param name for people; no two members of an organization share one
 * @param since when the person became a member
 */
public record Member(String id, String name, Role role, Instant since) {}
