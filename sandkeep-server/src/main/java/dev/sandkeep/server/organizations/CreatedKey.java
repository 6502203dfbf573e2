package dev.sandkeep.server.organizations;

import java.util.Optional;

/**
 * A key that was made.
 *
 * @param text the key itself, which nobody can read again; empty when the request was a repetition
 */
public record CreatedKey(ApiKey key, Optional<String> text) {}
