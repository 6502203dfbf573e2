package dev.sandkeep.server.organizations;

import dev.sandkeep.server.platform.security.Role;

/**
 * That a person is in an organization.
 *
 * @param memberId as which member
 */
public record Membership(Organization organization, String memberId, Role role) {}
