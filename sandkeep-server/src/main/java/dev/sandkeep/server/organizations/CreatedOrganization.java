package dev.sandkeep.server.organizations;

import java.util.Optional;

/**
 * An organization that was made.
 *
 * @param memberId as which its maker owns it
 * @param key an API key of that member, which nobody can read again; empty when the request was a repetition
 */
public record CreatedOrganization(Organization organization, String memberId, Optional<String> key) {}
