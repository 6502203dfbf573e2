package dev.sandkeep.server.organizations;

/**
 * What accepting an invitation gave.
 *
 * @param key an API key of the new member with every scope, which nobody can read again
 */
public record AcceptedInvitation(Organization organization, Member member, String key) {}
