package dev.sandkeep.server.platform.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The settings that the server runs with. Each component is one {@link ConfigurationKey}, where it is described.
 *
 * @param providerSettings what stands under {@code sandkeep.<provider>.} and {@code sandkeep.<volume backend>.}, by what
 *     follows; handed to the provider and the backend as it is
 * @param file that settings were read from, for the log levels in it
 * @param training whether this start only warms up an AOT cache: nothing outside the process is touched
 */
public record SandkeepProperties(
        Path data,
        String httpAddress,
        int httpPort,
        Optional<String> databaseUrl,
        int databasePoolSize,
        String provider,
        String volumesBackend,
        Map<String, Map<String, String>> providerSettings,
        int jobsThreads,
        Duration jobsHeartbeat,
        Optional<Path> file,
        boolean training) {

    /** System property that makes a start a training run. */
    public static final String TRAINING = "sandkeep.training";

    /** From values that have the right form; absent and empty ones take the default. */
    static SandkeepProperties of(
            Map<ConfigurationKey, String> values,
            Map<String, Map<String, String>> providerSettings,
            Optional<Path> file) {
        Values given = new Values(values);
        return new SandkeepProperties(
                Path.of(given.text(ConfigurationKey.DATA)).normalize(),
                given.text(ConfigurationKey.HTTP_ADDRESS),
                given.number(ConfigurationKey.HTTP_PORT),
                Optional.of(given.text(ConfigurationKey.DATABASE_URL)).filter(url -> !url.isEmpty()),
                given.number(ConfigurationKey.DATABASE_POOL_SIZE),
                given.text(ConfigurationKey.PROVIDER),
                given.text(ConfigurationKey.VOLUMES_BACKEND),
                Map.copyOf(providerSettings),
                given.number(ConfigurationKey.JOBS_THREADS),
                given.duration(ConfigurationKey.JOBS_HEARTBEAT),
                file,
                Boolean.getBoolean(TRAINING));
    }

    /** What is set for the provider or volume backend called {@code name}. */
    public Map<String, String> settingsOf(String name) {
        return providerSettings.getOrDefault(name, Map.of());
    }

    /** What is out of range, by key. */
    List<String> outOfRange() {
        return java.util.stream.Stream.of(
                        unless(databasePoolSize >= 4 && databasePoolSize <= 200, ConfigurationKey.DATABASE_POOL_SIZE),
                        unless(jobsThreads >= 4 && jobsThreads <= 1000, ConfigurationKey.JOBS_THREADS),
                        unless(
                                jobsHeartbeat.toMillis() >= 100 && jobsHeartbeat.toSeconds() <= 60,
                                ConfigurationKey.JOBS_HEARTBEAT))
                .flatMap(Optional::stream)
                .toList();
    }

    private static Optional<String> unless(boolean fine, ConfigurationKey key) {
        return fine ? Optional.empty() : Optional.of(key.key() + " is out of range. " + key.description());
    }

    private record Values(Map<ConfigurationKey, String> given) {
        String text(ConfigurationKey key) {
            return given.getOrDefault(key, key.defaultValue());
        }

        int number(ConfigurationKey key) {
            return Integer.parseInt(text(key));
        }

        Duration duration(ConfigurationKey key) {
            return ConfigurationKey.duration(text(key));
        }
    }
}
