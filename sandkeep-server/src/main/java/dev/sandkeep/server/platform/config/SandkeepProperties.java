package dev.sandkeep.server.platform.config;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

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
        Optional<URI> publicUrl,
        List<Network> trustedProxies,
        Duration httpReadTimeout,
        Optional<String> databaseUrl,
        int databasePoolSize,
        String provider,
        String volumesBackend,
        Map<String, Map<String, String>> providerSettings,
        int jobsThreads,
        Duration jobsHeartbeat,
        Duration auditRetention,
        Duration organizationDeleteGrace,
        AccountProperties accounts,
        MailProperties mail,
        OpenIdProperties openId,
        SnapshotProperties snapshots,
        SessionProperties sessions,
        VolumeProperties volumes,
        ReconcilerProperties reconciler,
        TelemetryProperties telemetry,
        Optional<Path> file,
        boolean training) {

    /** How people sign in. */
    public record AccountProperties(
            Duration sessionIdle,
            Duration sessionLifetime,
            int passwordMemoryMib,
            int passwordIterations,
            Map<String, byte[]> secondFactorKeys) {
        /** Names the keys and does not show them. */
        @Override
        public String toString() {
            return "AccountProperties[secondFactorKeys=" + secondFactorKeys.keySet() + "]";
        }
    }

    /** Through which server mail is sent. */
    public record MailProperties(
            Optional<String> host,
            int port,
            MailSecurity security,
            Optional<String> username,
            Optional<String> password,
            String from) {
        /** Shows no secret. */
        @Override
        public String toString() {
            return "MailProperties[" + host.orElse("none") + "]";
        }
    }

    /**
     * The OpenID Connect provider that people may sign in with.
     *
     * @param groups of the provider that have a role, by role
     */
    public record OpenIdProperties(
            Optional<String> issuer,
            String clientId,
            String clientSecret,
            String name,
            String groupsClaim,
            Map<String, Set<String>> groups) {
        /** Shows no secret. */
        @Override
        public String toString() {
            return "OpenIdProperties[" + issuer.orElse("none") + "]";
        }
    }

    /** How the connection to a mail server is secured. */
    public enum MailSecurity {
        STARTTLS,
        TLS,
        NONE
    }

    /** How snapshots are built. */
    public record SnapshotProperties(
            int storageReserveMib,
            Duration buildTimeout,
            Duration retryBackoff,
            int logLimitMib,
            int keep,
            Duration pruneInterval,
            Duration pruneGrace,
            Optional<Path> repositoryCredentials) {}

    /** How sandboxes are started and stopped. */
    public record SessionProperties(
            Duration startTimeout,
            Duration stopTimeout,
            Duration lease,
            int concurrentStarts,
            Duration maxLifetime,
            Duration idleTimeout,
            Duration watchInterval) {}

    /** How volumes are checkpointed, kept and exported. */
    public record VolumeProperties(
            Duration checkpointInterval,
            int keepCheckpoints,
            int keepHourly,
            int keepDaily,
            Duration deleteGrace,
            Map<String, byte[]> exportKeys) {
        /** Names the keys and does not show them. */
        @Override
        public String toString() {
            return "VolumeProperties[exportKeys=" + exportKeys.keySet() + "]";
        }
    }

    /** Value of {@code sandkeep.volumes.backend} when nothing is to be stored. */
    public static final String NO_BACKEND = "none";

    /** How rows are compared with what is really there. */
    public record ReconcilerProperties(Duration interval, Duration unownedGrace) {}

    /** Where metrics and traces are sent. */
    public record TelemetryProperties(
            Optional<URI> endpoint, Map<String, String> headers, Duration metricsInterval, int tracePercent) {
        /** Shows no secret. */
        @Override
        public String toString() {
            return "TelemetryProperties[" + endpoint.map(URI::toString).orElse("none") + "]";
        }
    }

    /** System property that makes a start a training run. */
    public static final String TRAINING = "sandkeep.training";

    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final Duration HOUR = Duration.ofHours(1);
    private static final Duration DAY = Duration.ofDays(1);
    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final Duration YEAR = Duration.ofDays(365);
    private static final int MOST_CHECKPOINTS = 10_000;

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
                given.optional(ConfigurationKey.HTTP_PUBLIC_URL)
                        .map(url -> URI.create(url.endsWith("/") ? url.substring(0, url.length() - 1) : url)),
                Network.list(given.text(ConfigurationKey.HTTP_TRUSTED_PROXIES)).orElseThrow(),
                given.duration(ConfigurationKey.HTTP_READ_TIMEOUT),
                given.optional(ConfigurationKey.DATABASE_URL),
                given.number(ConfigurationKey.DATABASE_POOL_SIZE),
                given.text(ConfigurationKey.PROVIDER),
                given.text(ConfigurationKey.VOLUMES_BACKEND),
                Map.copyOf(providerSettings),
                given.number(ConfigurationKey.JOBS_THREADS),
                given.duration(ConfigurationKey.JOBS_HEARTBEAT),
                given.duration(ConfigurationKey.AUDIT_RETENTION),
                given.duration(ConfigurationKey.ORGANIZATIONS_DELETE_GRACE),
                new AccountProperties(
                        given.duration(ConfigurationKey.ACCOUNTS_SESSION_IDLE),
                        given.duration(ConfigurationKey.ACCOUNTS_SESSION_LIFETIME),
                        given.number(ConfigurationKey.ACCOUNTS_PASSWORD_MEMORY),
                        given.number(ConfigurationKey.ACCOUNTS_PASSWORD_ITERATIONS),
                        ConfigurationKey.keys(given.text(ConfigurationKey.ACCOUNTS_SECOND_FACTOR_KEYS))),
                new MailProperties(
                        given.optional(ConfigurationKey.MAIL_HOST),
                        given.number(ConfigurationKey.MAIL_PORT),
                        MailSecurity.valueOf(
                                given.text(ConfigurationKey.MAIL_SECURITY).toUpperCase(Locale.ROOT)),
                        given.optional(ConfigurationKey.MAIL_USERNAME),
                        given.optional(ConfigurationKey.MAIL_PASSWORD),
                        given.text(ConfigurationKey.MAIL_FROM)),
                new OpenIdProperties(
                        given.optional(ConfigurationKey.OPENID_ISSUER),
                        given.text(ConfigurationKey.OPENID_CLIENT_ID),
                        given.text(ConfigurationKey.OPENID_CLIENT_SECRET),
                        given.text(ConfigurationKey.OPENID_NAME),
                        given.text(ConfigurationKey.OPENID_GROUPS_CLAIM),
                        Map.of(
                                "owner", given.names(ConfigurationKey.OPENID_OWNERS),
                                "admin", given.names(ConfigurationKey.OPENID_ADMINS),
                                "member", given.names(ConfigurationKey.OPENID_MEMBERS))),
                new SnapshotProperties(
                        given.number(ConfigurationKey.STORAGE_RESERVE),
                        given.duration(ConfigurationKey.SNAPSHOTS_BUILD_TIMEOUT),
                        given.duration(ConfigurationKey.SNAPSHOTS_RETRY_BACKOFF),
                        given.number(ConfigurationKey.SNAPSHOTS_LOG_LIMIT),
                        given.number(ConfigurationKey.SNAPSHOTS_KEEP),
                        given.duration(ConfigurationKey.SNAPSHOTS_PRUNE_INTERVAL),
                        given.duration(ConfigurationKey.SNAPSHOTS_PRUNE_GRACE),
                        given.optional(ConfigurationKey.REPOSITORIES_CREDENTIALS)
                                .map(Path::of)),
                new SessionProperties(
                        given.duration(ConfigurationKey.SESSIONS_START_TIMEOUT),
                        given.duration(ConfigurationKey.SESSIONS_STOP_TIMEOUT),
                        given.duration(ConfigurationKey.SESSIONS_LEASE),
                        given.number(ConfigurationKey.SESSIONS_CONCURRENT_STARTS),
                        given.duration(ConfigurationKey.SESSIONS_MAX_LIFETIME),
                        given.duration(ConfigurationKey.SESSIONS_IDLE_TIMEOUT),
                        given.duration(ConfigurationKey.SESSIONS_WATCH_INTERVAL)),
                new VolumeProperties(
                        given.duration(ConfigurationKey.VOLUMES_CHECKPOINT_INTERVAL),
                        given.number(ConfigurationKey.VOLUMES_KEEP_CHECKPOINTS),
                        given.number(ConfigurationKey.VOLUMES_KEEP_HOURLY),
                        given.number(ConfigurationKey.VOLUMES_KEEP_DAILY),
                        given.duration(ConfigurationKey.VOLUMES_DELETE_GRACE),
                        ConfigurationKey.keys(given.text(ConfigurationKey.VOLUMES_EXPORT_KEYS))),
                new ReconcilerProperties(
                        given.duration(ConfigurationKey.RECONCILER_INTERVAL),
                        given.duration(ConfigurationKey.RECONCILER_UNOWNED_GRACE)),
                new TelemetryProperties(
                        given.optional(ConfigurationKey.TELEMETRY_ENDPOINT).map(URI::create),
                        ConfigurationKey.headers(given.text(ConfigurationKey.TELEMETRY_HEADERS)),
                        given.duration(ConfigurationKey.TELEMETRY_METRICS_INTERVAL),
                        given.number(ConfigurationKey.TELEMETRY_TRACE_PERCENT)),
                file,
                Boolean.getBoolean(TRAINING));
    }

    /** Whether browsers reach the server over TLS. */
    public boolean secure() {
        return publicUrl.filter(url -> "https".equals(url.getScheme())).isPresent();
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
                                ConfigurationKey.JOBS_HEARTBEAT),
                        unless(
                                within(auditRetention, Duration.ofDays(30), Duration.ofDays(3650)),
                                ConfigurationKey.AUDIT_RETENTION),
                        unless(within(httpReadTimeout, SECOND, HOUR), ConfigurationKey.HTTP_READ_TIMEOUT),
                        unless(
                                within(organizationDeleteGrace, Duration.ZERO, YEAR),
                                ConfigurationKey.ORGANIZATIONS_DELETE_GRACE),
                        unless(
                                within(snapshots.buildTimeout(), SECOND, Duration.ofDays(7)),
                                ConfigurationKey.SNAPSHOTS_BUILD_TIMEOUT),
                        unless(
                                within(snapshots.retryBackoff(), Duration.ZERO, HOUR),
                                ConfigurationKey.SNAPSHOTS_RETRY_BACKOFF),
                        unless(
                                snapshots.logLimitMib() >= 1 && snapshots.logLimitMib() <= 1000,
                                ConfigurationKey.SNAPSHOTS_LOG_LIMIT),
                        unless(snapshots.keep() >= 1 && snapshots.keep() <= 1000, ConfigurationKey.SNAPSHOTS_KEEP),
                        unless(
                                within(snapshots.pruneInterval(), Duration.ofMinutes(1), Duration.ofDays(30)),
                                ConfigurationKey.SNAPSHOTS_PRUNE_INTERVAL),
                        unless(
                                within(snapshots.pruneGrace(), Duration.ZERO, Duration.ofDays(365)),
                                ConfigurationKey.SNAPSHOTS_PRUNE_GRACE),
                        unless(within(sessions.startTimeout(), SECOND, HOUR), ConfigurationKey.SESSIONS_START_TIMEOUT),
                        unless(within(sessions.stopTimeout(), SECOND, DAY), ConfigurationKey.SESSIONS_STOP_TIMEOUT),
                        unless(
                                within(sessions.lease(), SECOND, Duration.ofMinutes(10)),
                                ConfigurationKey.SESSIONS_LEASE),
                        unless(within(accounts.sessionIdle(), MINUTE, YEAR), ConfigurationKey.ACCOUNTS_SESSION_IDLE),
                        unless(
                                within(accounts.sessionLifetime(), MINUTE, YEAR),
                                ConfigurationKey.ACCOUNTS_SESSION_LIFETIME),
                        unless(
                                accounts.passwordMemoryMib() >= 1 && accounts.passwordMemoryMib() <= 1024,
                                ConfigurationKey.ACCOUNTS_PASSWORD_MEMORY),
                        unless(
                                accounts.passwordIterations() >= 1 && accounts.passwordIterations() <= 100,
                                ConfigurationKey.ACCOUNTS_PASSWORD_ITERATIONS),
                        unless(sessions.concurrentStarts() <= 1000, ConfigurationKey.SESSIONS_CONCURRENT_STARTS),
                        unless(
                                offOrWithin(sessions.maxLifetime(), MINUTE, YEAR),
                                ConfigurationKey.SESSIONS_MAX_LIFETIME),
                        unless(
                                offOrWithin(sessions.idleTimeout(), MINUTE, YEAR),
                                ConfigurationKey.SESSIONS_IDLE_TIMEOUT),
                        unless(
                                within(sessions.watchInterval(), Duration.ofMillis(100), Duration.ofMinutes(10)),
                                ConfigurationKey.SESSIONS_WATCH_INTERVAL),
                        unless(
                                offOrWithin(volumes.checkpointInterval(), Duration.ofSeconds(10), YEAR),
                                ConfigurationKey.VOLUMES_CHECKPOINT_INTERVAL),
                        unless(
                                volumes.keepCheckpoints() >= 1 && volumes.keepCheckpoints() <= MOST_CHECKPOINTS,
                                ConfigurationKey.VOLUMES_KEEP_CHECKPOINTS),
                        unless(volumes.keepHourly() <= MOST_CHECKPOINTS, ConfigurationKey.VOLUMES_KEEP_HOURLY),
                        unless(volumes.keepDaily() <= MOST_CHECKPOINTS, ConfigurationKey.VOLUMES_KEEP_DAILY),
                        unless(
                                within(volumes.deleteGrace(), Duration.ZERO, YEAR),
                                ConfigurationKey.VOLUMES_DELETE_GRACE),
                        unless(
                                within(reconciler.interval(), Duration.ofMillis(100), Duration.ofMinutes(10)),
                                ConfigurationKey.RECONCILER_INTERVAL),
                        unless(
                                within(reconciler.unownedGrace(), Duration.ZERO, DAY),
                                ConfigurationKey.RECONCILER_UNOWNED_GRACE),
                        unless(
                                within(telemetry.metricsInterval(), SECOND, HOUR),
                                ConfigurationKey.TELEMETRY_METRICS_INTERVAL),
                        unless(telemetry.tracePercent() <= 100, ConfigurationKey.TELEMETRY_TRACE_PERCENT))
                .flatMap(Optional::stream)
                .toList();
    }

    private static boolean offOrWithin(Duration value, Duration least, Duration most) {
        return value.isZero() || within(value, least, most);
    }

    private static boolean within(Duration value, Duration least, Duration most) {
        return value.compareTo(least) >= 0 && value.compareTo(most) <= 0;
    }

    private static Optional<String> unless(boolean fine, ConfigurationKey key) {
        return fine ? Optional.empty() : Optional.of(key.key() + " is out of range. " + key.description());
    }

    private record Values(Map<ConfigurationKey, String> given) {
        String text(ConfigurationKey key) {
            return given.getOrDefault(key, key.defaultValue());
        }

        Optional<String> optional(ConfigurationKey key) {
            return Optional.of(text(key)).filter(text -> !text.isEmpty());
        }

        Set<String> names(ConfigurationKey key) {
            return Arrays.stream(text(key).split(",", -1))
                    .map(String::strip)
                    .filter(name -> !name.isEmpty())
                    .collect(Collectors.toUnmodifiableSet());
        }

        int number(ConfigurationKey key) {
            return Integer.parseInt(text(key));
        }

        Duration duration(ConfigurationKey key) {
            return ConfigurationKey.duration(text(key));
        }
    }
}
