package dev.sandkeep.server.api;

import dev.sandkeep.server.organizations.WantedKey;
import dev.sandkeep.server.platform.errors.ValidationErrors;
import dev.sandkeep.server.platform.json.SelfChecking;
import dev.sandkeep.server.platform.security.Scope;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A key to make.
 *
 * @param name for people
 * @param scopes what it may be used for: read, sessions, profiles, admin
 * @param expiresInDays 1 to 3650; never when absent
 */
record KeyRequest(
        String name, List<String> scopes, @Nullable Integer expiresInDays) implements SelfChecking {
    @Override
    public void check(String path, ValidationErrors errors) {
        PeopleRules.name(name, path, errors);
        PeopleRules.scopes(scopes, path, errors);
        PeopleRules.days(expiresInDays, path + "expiresInDays", PeopleRules.LONGEST_LIFE_DAYS, errors);
    }

    WantedKey wanted() {
        return new WantedKey(
                name, Scope.allOf(scopes), Optional.ofNullable(expiresInDays).map(Duration::ofDays));
    }
}
