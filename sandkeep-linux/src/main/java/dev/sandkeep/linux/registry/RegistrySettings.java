package dev.sandkeep.linux.registry;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sandkeep.spi.ProviderConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * How this host may get base images.
 *
 * @param credentials file in the form of Docker's and Podman's {@code config.json}, read at each pull, so that it may change
 * @param insecure hosts, with their ports, that are spoken to without TLS; this machine itself always is
 * @param archives directory under which local tar archives may be named
 */
public record RegistrySettings(Optional<Path> credentials, Set<String> insecure, Optional<Path> archives) {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    public RegistrySettings {
        insecure = Set.copyOf(insecure);
    }

    /** The settings {@code registry-credentials}, {@code insecure-registries} (separated by commas), {@code tar-directory}. */
    public static RegistrySettings of(ProviderConfig config) {
        return new RegistrySettings(
                config.setting("registry-credentials")
                        .filter(text -> !text.isBlank())
                        .map(Path::of),
                Arrays.stream(config.setting("insecure-registries").orElse("").split(",", -1))
                        .map(String::strip)
                        .filter(host -> !host.isEmpty())
                        .collect(Collectors.toSet()),
                config.setting("tar-directory").filter(text -> !text.isBlank()).map(Path::of));
    }

    /** Whether {@code host}, with its port if it has one, is spoken to by plain HTTP. */
    boolean plain(String host) {
        String name = host.startsWith("[") ? host.substring(0, host.indexOf(']') + 1) : host.replaceFirst(":.*", "");
        return insecure.contains(host)
                || name.equals("localhost")
                || name.equals("[::1]")
                || name.matches("127(\\.[0-9]{1,3}){3}");
    }

    /** {@code user:password} for a host, in Base64 as HTTP's Basic scheme has it. */
    Optional<String> basicCredentials(String host) throws UnavailableImageException {
        if (credentials.isEmpty()) {
            return Optional.empty();
        }
        JsonNode hosts;
        try {
            hosts = JSON.readTree(Files.readAllBytes(credentials.get())).path("auths");
        } catch (IOException | JacksonException e) {
            // Not the cause: a parser's message may quote what it read.
            throw UnavailableImageException.forGood("the registry credentials in " + credentials.get()
                    + " cannot be read: it must be a file like Docker's config.json");
        }
        for (String name : names(host)) {
            JsonNode found = hosts.path(name);
            if (found.path("auth").isString()) {
                return Optional.of(found.path("auth").stringValue());
            }
            if (found.path("username").isString() && found.path("password").isString()) {
                String pair = found.path("username").stringValue() + ":"
                        + found.path("password").stringValue();
                return Optional.of(Base64.getEncoder().encodeToString(pair.getBytes(UTF_8)));
            }
        }
        return Optional.empty();
    }

    private static List<String> names(String host) {
        return host.equals("docker.io")
                ? List.of("docker.io", "https://index.docker.io/v1/", "index.docker.io")
                : List.of(host, "https://" + host, "http://" + host);
    }
}
