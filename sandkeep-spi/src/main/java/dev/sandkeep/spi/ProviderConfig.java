package dev.sandkeep.spi;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * What a provider or backend is opened with.
 *
 * @param dataDirectory absolute; the part of it that DESIGN gives to the provider is created when absent
 * @param installation short id of the data directory (8 lower-case hexadecimal digits), which names everything that this
 *     installation puts on the host, so that several installations on one host never touch each other
 * @param settings the provider's own settings, by key
 */
public record ProviderConfig(Path dataDirectory, String installation, Map<String, String> settings) {
    public ProviderConfig {
        if (!dataDirectory.isAbsolute()) {
            throw new IllegalArgumentException("data directory must be absolute, was " + dataDirectory);
        }
        if (!installation.matches("[0-9a-f]{8}")) {
            throw new IllegalArgumentException("installation must be 8 hexadecimal digits, was '" + installation + "'");
        }
        settings = Map.copyOf(settings);
    }

    /** The setting {@code key}, when it is set. */
    public Optional<String> setting(String key) {
        return Optional.ofNullable(settings.get(key));
    }
}
