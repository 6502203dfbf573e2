package dev.sandkeep.linux.registry;

import dev.sandkeep.spi.BaseImageSource;
import java.util.Optional;

/**
 * Which image of which registry.
 *
 * @param host with its port, as in the credentials file: {@code docker.io}, {@code localhost:5000}
 * @param repository {@code library/debian}
 * @param tag {@code latest} when the reference has none
 * @param digest when the reference says exactly which content
 */
record ImageReference(String host, String repository, String tag, Optional<String> digest) {
    private static final String DOCKER_HUB = "docker.io";

    static ImageReference of(BaseImageSource.Registry source) {
        String text = source.reference();
        int at = text.indexOf('@');
        Optional<String> digest = at < 0 ? Optional.empty() : Optional.of(text.substring(at + 1));
        String named = at < 0 ? text : text.substring(0, at);
        int slash = named.indexOf('/');
        boolean hasHost = slash > 0 && isHost(named.substring(0, slash));
        String rest = hasHost ? named.substring(slash + 1) : named;
        int colon = rest.indexOf(':');
        String repository = colon < 0 ? rest : rest.substring(0, colon);
        String host = hasHost ? named.substring(0, slash) : DOCKER_HUB;
        return new ImageReference(
                host,
                host.equals(DOCKER_HUB) && repository.indexOf('/') < 0 ? "library/" + repository : repository,
                colon < 0 ? "latest" : rest.substring(colon + 1),
                digest);
    }

    /** As Docker tells a host from the first part of a repository's name. */
    private static boolean isHost(String first) {
        return first.indexOf('.') >= 0 || first.indexOf(':') >= 0 || first.equals("localhost");
    }

    /** Where requests go. */
    String address() {
        return host.equals(DOCKER_HUB) ? "registry-1.docker.io" : host;
    }

    /** What to ask the registry for: exactly one content, or what the tag means now. */
    String wanted() {
        return digest.orElse(tag);
    }

    @Override
    public String toString() {
        return host + "/" + repository + digest.map(exact -> "@" + exact).orElse(":" + tag);
    }
}
