package dev.sandkeep.server.api;

import dev.sandkeep.server.profiles.Draft;
import dev.sandkeep.server.profiles.Profile;
import io.swagger.v3.oas.annotations.media.Schema;
import java.time.Instant;
import java.util.Map;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * A profile, as the API shows it.
 *
 * @param latestVersion number of the newest published version
 * @param usableVersion number of the newest version that sessions can start from
 */
@Schema(name = "Profile")
record ProfileView(
        String id,
        String name,
        Instant createdAt,
        @Nullable Draft draft,
        @Nullable Integer latestVersion,
        @Nullable Integer usableVersion) {

    static ProfileView of(Profile profile, Map<String, Integer> usableVersions) {
        return new ProfileView(
                profile.id(),
                profile.name(),
                profile.createdAt(),
                profile.draft().orElse(null),
                boxed(profile.latestVersion()),
                usableVersions.get(profile.id()));
    }

    private static @Nullable Integer boxed(OptionalInt value) {
        return value.isPresent() ? (Integer) value.getAsInt() : null;
    }
}
