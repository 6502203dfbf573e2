package dev.sandkeep.server.organizations;

import java.util.Optional;

/**
 * Somebody, in however many organizations.
 *
 * @param email by which the person signs in; empty for one who never does
 * @param emailVerified whether the person has shown to be the one who reads mail there
 */
public record Person(String id, String name, Optional<String> email, boolean emailVerified) {}
