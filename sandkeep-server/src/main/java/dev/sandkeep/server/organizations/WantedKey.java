package dev.sandkeep.server.organizations;

import dev.sandkeep.server.platform.security.Scope;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * A key that somebody asks for.
 *
 * @param name for people
 * @param lifetime after which it expires; empty for never
 */
public record WantedKey(String name, Set<Scope> scopes, Optional<Duration> lifetime) {
    public WantedKey {
        scopes = Set.copyOf(scopes);
    }

    /** The same text for the same wish, by which repeated requests are known. */
    String fingerprint() {
        return name + "\n" + new TreeSet<>(scopes) + "\n" + lifetime;
    }
}
