package dev.sandkeep.server.accounts;

import dev.sandkeep.server.organizations.Person;

/**
 * How a person signs in.
 *
 * @param recoveryCodesLeft of the second factor, not used yet
 */
public record Account(Person person, boolean password, boolean secondFactor, int recoveryCodesLeft) {}
