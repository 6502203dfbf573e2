package dev.sandkeep.server.sessions;

import java.util.Optional;
import java.util.OptionalInt;

/**
 * What is asked for.
 *
 * @param profile id or name
 * @param version empty takes the newest usable one
 * @param name empty makes one up
 * @param repository address or path of one of the version's repositories, in which commands then begin; empty for none
 */
public record NewSession(String profile, OptionalInt version, Optional<String> name, Optional<String> repository) {
    /** One whose commands begin where they do without a choice. */
    public NewSession(String profile, OptionalInt version, Optional<String> name) {
        this(profile, version, name, Optional.empty());
    }
}
