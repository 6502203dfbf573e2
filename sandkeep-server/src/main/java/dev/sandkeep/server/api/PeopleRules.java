package dev.sandkeep.server.api;

import dev.sandkeep.server.platform.errors.ValidationErrors;
import dev.sandkeep.server.platform.security.Role;
import dev.sandkeep.server.platform.security.Scope;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What requests about people and keys have in common. */
final class PeopleRules {
    static final int LONGEST_LIFE_DAYS = 3650;
    private static final int LONGEST_NAME = 100;

    private PeopleRules() {}

    /** A name for people: 1 to 100 characters, none of them a control character, no space around it. */
    static void name(@Nullable String name, String path, ValidationErrors errors) {
        if (name != null) {
            errors.check(
                    !name.isBlank()
                            && name.equals(name.strip())
                            && name.length() <= LONGEST_NAME
                            && name.chars().noneMatch(Character::isISOControl),
                    path + "name",
                    "malformed",
                    "name must have 1 to " + LONGEST_NAME + " characters, and no space around it");
        }
    }

    static void role(@Nullable String role, List<Role> possible, String path, ValidationErrors errors) {
        if (role != null) {
            List<String> names = possible.stream().map(Role::text).toList();
            errors.check(names.contains(role), path + "role", "unknown_value", "role must be one of " + names);
        }
    }

    static void scopes(@Nullable List<String> scopes, String path, ValidationErrors errors) {
        if (scopes != null) {
            List<String> names = Scope.texts(Scope.ALL);
            errors.check(!scopes.isEmpty(), path + "scopes", "required", "name at least one scope of " + names);
            for (int i = 0; i < scopes.size(); i++) {
                errors.check(
                        names.contains(scopes.get(i)),
                        path + "scopes[" + i + "]",
                        "unknown_value",
                        "a scope must be one of " + names);
            }
        }
    }

    static void days(@Nullable Integer days, String field, int most, ValidationErrors errors) {
        errors.check(
                days == null || (days >= 1 && days <= most),
                field,
                "out_of_range",
                "it must be 1 to " + most + " days");
    }
}
