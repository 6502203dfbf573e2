package dev.sandkeep.server.accounts;

import dev.sandkeep.server.organizations.EmailAddress;
import dev.sandkeep.server.platform.errors.ValidationErrors;

/** What people may be called. */
final class AccountRules {
    static final int LONGEST_NAME = 100;

    private AccountRules() {}

    static void name(String name, ValidationErrors errors) {
        errors.check(
                !name.isBlank()
                        && name.strip().length() <= LONGEST_NAME
                        && name.chars().noneMatch(Character::isISOControl),
                "name",
                "malformed",
                "the name must have 1 to " + LONGEST_NAME + " characters");
    }

    static void email(String email, ValidationErrors errors) {
        errors.check(
                EmailAddress.hasForm(email.strip()),
                "email",
                "malformed",
                "the address must look like name@example.org");
    }
}
