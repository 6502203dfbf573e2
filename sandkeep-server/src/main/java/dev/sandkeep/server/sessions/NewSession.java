package dev.sandkeep.server.sessions;

import java.util.Optional;
import java.util.OptionalInt;

/**
 * What is asked for.
 *
 * @param profile id or name
 * @param version empty takes the newest usable one
 * @param name empty makes one up
 */
public record NewSession(String profile, OptionalInt version, Optional<String> name) {}
