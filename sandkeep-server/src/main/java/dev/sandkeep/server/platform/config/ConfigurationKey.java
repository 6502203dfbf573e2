package dev.sandkeep.server.platform.config;

import java.net.URI;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Every setting of the server. The reference page {@code docs/configuration.md} is generated from these constants.
 *
 * <p>A key {@code sandkeep.http.port} is also the environment variable {@code SANDKEEP_HTTP_PORT} and the option
 * {@code --sandkeep.http.port=7080}. Empty is the same as not set.
 */
public enum ConfigurationKey {
    DATA("sandkeep.data", Type.PATH, "", "/var/lib/sandkeep", "Data directory: everything this installation keeps."),
    HTTP_ADDRESS(
            "sandkeep.http.address",
            Type.TEXT,
            "",
            "127.0.0.1",
            "Address that the server listens on. Anything but loopback belongs behind a proxy that speaks TLS."),
    HTTP_PORT("sandkeep.http.port", Type.PORT, "", "7080", "Port that the server listens on; 0 takes a free one."),
    HTTP_PUBLIC_URL(
            "sandkeep.http.public-url",
            Type.WEB_URL,
            "",
            "",
            "Address that people and links reach the server by, such as https://sandkeep.example.org. With https, cookies are sent"
                    + " over TLS only. Without it, what browsers show as the host is taken."),
    HTTP_TRUSTED_PROXIES(
            "sandkeep.http.trusted-proxies",
            Type.NETWORKS,
            "",
            "",
            "Proxies in front of the server, as addresses or networks (10.0.0.0/8, fd00::/8), separated by commas. Of a request that"
                    + " comes from one of them, the client's address is the last one in X-Forwarded-For that is none of them; of"
                    + " every other request the header is ignored."),
    HTTP_READ_TIMEOUT(
            "sandkeep.http.read-timeout",
            Type.DURATION,
            "",
            "60s",
            "How long the server waits for the next bytes of a request, or for a client to take the next bytes of an answer, before"
                    + " it closes the connection, 1s to 1h."),
    DATABASE_URL(
            "sandkeep.database.url",
            Type.DATABASE_URL,
            "",
            "",
            "External PostgreSQL (16 or newer), as postgresql://user:password@host:5432/database or jdbc:postgresql:…;"
                    + " without it the server runs a PostgreSQL of its own in the data directory. It holds a password: give it"
                    + " as a variable or in the file, because options are seen in the process list."),
    DATABASE_POOL_SIZE(
            "sandkeep.database.pool-size",
            Type.COUNT,
            "connections",
            "16",
            "Most connections to the database at a time, 4 to 200."),
    PROVIDER("sandkeep.provider", Type.TEXT, "", "linux", "What runs sandboxes."),
    VOLUMES_BACKEND(
            "sandkeep.volumes.backend",
            Type.TEXT,
            "",
            "directory",
            "What stores persisted paths; none stores nothing, and every sandbox is ephemeral."),
    VOLUMES_CHECKPOINT_INTERVAL(
            "sandkeep.volumes.checkpoint-interval",
            Type.DURATION,
            "",
            "10m",
            "How often a running persistent sandbox is checkpointed where its profile does not say it, 10s to 365d; 0s is never."),
    VOLUMES_KEEP_CHECKPOINTS(
            "sandkeep.volumes.keep-checkpoints",
            Type.COUNT,
            "checkpoints",
            "10",
            "How many of the newest checkpoints of a sandbox are kept, 1 to 10000."),
    VOLUMES_KEEP_HOURLY(
            "sandkeep.volumes.keep-hourly",
            Type.COUNT,
            "hours",
            "24",
            "Of older checkpoints, the newest of each of so many hours that have one is kept, 0 to 10000."),
    VOLUMES_KEEP_DAILY(
            "sandkeep.volumes.keep-daily",
            Type.COUNT,
            "days",
            "7",
            "Of older checkpoints, the newest of each of so many days (UTC) that have one is kept, 0 to 10000."),
    VOLUMES_DELETE_GRACE(
            "sandkeep.volumes.delete-grace",
            Type.DURATION,
            "",
            "24h",
            "How long the volume of a deleted session is kept, so that its deletion can be undone, 0ms to 365d."),
    VOLUMES_EXPORT_KEYS(
            "sandkeep.volumes.export-keys",
            Type.KEYS,
            "",
            "",
            "Keys of exported volumes, separated by commas, each an id and 32 bytes in Base64: id:base64. The first one encrypts,"
                    + " all of them decrypt; without any, exports are not encrypted. They are secrets: give them as a variable or"
                    + " in the file, because options are seen in the process list."),
    JOBS_THREADS(
            "sandkeep.jobs.threads",
            Type.COUNT,
            "threads",
            "32",
            "Most pieces of background work at a time on this server, 4 to 1000."),
    JOBS_HEARTBEAT(
            "sandkeep.jobs.heartbeat",
            Type.DURATION,
            "",
            "4s",
            "How often a server says that it still works on what it took, 100ms to 60s. Work of a server that was silent"
                    + " for six times as long is taken over."),
    AUDIT_RETENTION(
            "sandkeep.audit.retention",
            Type.DURATION,
            "",
            "365d",
            "How long entries of the audit log are kept, 30d to 3650d. The database keeps the last 30 days whatever is set."),
    ORGANIZATIONS_DELETE_GRACE(
            "sandkeep.organizations.delete-grace",
            Type.DURATION,
            "",
            "7d",
            "How long a deleted organization can be brought back, 0ms to 365d. After that everything it kept is removed."),
    ACCOUNTS_SESSION_IDLE(
            "sandkeep.accounts.session-idle",
            Type.DURATION,
            "",
            "1d",
            "After how long without a request somebody who signed in has to sign in again, 1m to 365d."),
    ACCOUNTS_SESSION_LIFETIME(
            "sandkeep.accounts.session-lifetime",
            Type.DURATION,
            "",
            "14d",
            "After how long somebody who signed in has to sign in again in any case, 1m to 365d."),
    ACCOUNTS_PASSWORD_MEMORY(
            "sandkeep.accounts.password-memory-mib",
            Type.COUNT,
            "MiB",
            "19",
            "Memory that hashing a password (Argon2id) takes, 1 to 1024. Stored hashes keep theirs until the next sign-in."),
    ACCOUNTS_PASSWORD_ITERATIONS(
            "sandkeep.accounts.password-iterations",
            Type.COUNT,
            "iterations",
            "2",
            "How often hashing a password goes over that memory, 1 to 100."),
    ACCOUNTS_SECOND_FACTOR_KEYS(
            "sandkeep.accounts.second-factor-keys",
            Type.KEYS,
            "",
            "",
            "Keys that the secrets of second factors are encrypted with in the database, separated by commas, each an id and 32 bytes"
                    + " in Base64: id:base64. The first one encrypts, all of them decrypt. Without any, the key is in the file"
                    + " second-factor-key of the data directory; servers that share a database and not the data directory need"
                    + " the same ones here. They are secrets: give them as a variable or in the file, because options are seen"
                    + " in the process list."),
    MAIL_HOST(
            "sandkeep.mail.host",
            Type.TEXT,
            "",
            "",
            "SMTP server that mail is sent through: invitations, and links for forgotten passwords. Without it none is sent."),
    MAIL_PORT("sandkeep.mail.port", Type.PORT, "", "587", "Port of the SMTP server."),
    MAIL_SECURITY(
            "sandkeep.mail.security",
            Type.MAIL_SECURITY,
            "",
            "starttls",
            "How the connection to the SMTP server is secured; none is for a server on the same machine."),
    MAIL_USERNAME("sandkeep.mail.username", Type.TEXT, "", "", "User at the SMTP server, when it wants one."),
    MAIL_PASSWORD(
            "sandkeep.mail.password",
            Type.TEXT,
            "",
            "",
            "Password at the SMTP server. Give it as a variable or in the file, because options are seen in the process list."),
    MAIL_FROM("sandkeep.mail.from", Type.TEXT, "", "sandkeep@localhost", "Address that mail comes from."),
    OPENID_ISSUER(
            "sandkeep.openid.issuer",
            Type.TEXT,
            "",
            "",
            "Issuer of the OpenID Connect provider that people may sign in with, found by discovery. Register"
                    + " <address>/sign-in/openid/return there, where <address> is sandkeep.http.public-url."),
    OPENID_CLIENT_ID("sandkeep.openid.client-id", Type.TEXT, "", "sandkeep", "What the provider calls this server."),
    OPENID_CLIENT_SECRET(
            "sandkeep.openid.client-secret",
            Type.TEXT,
            "",
            "",
            "Secret that it shares with the provider. Give it as a variable or in the file, because options are seen in the"
                    + " process list."),
    OPENID_NAME("sandkeep.openid.name", Type.TEXT, "", "single sign-on", "What people call the provider."),
    OPENID_GROUPS_CLAIM(
            "sandkeep.openid.groups-claim", Type.TEXT, "", "groups", "Claim of the ID token that names groups."),
    OPENID_OWNERS(
            "sandkeep.openid.owners",
            Type.TEXT,
            "",
            "",
            "Groups, separated by commas, whose people are owners of the organization that operates the server; * is everybody."),
    OPENID_ADMINS("sandkeep.openid.admins", Type.TEXT, "", "", "The same for admins."),
    OPENID_MEMBERS("sandkeep.openid.members", Type.TEXT, "", "", "The same for members."),
    STORAGE_RESERVE(
            "sandkeep.storage.reserve-mib",
            Type.COUNT,
            "MiB",
            "512",
            "What must stay free where the data directory is while a snapshot is built; a build that goes below fails with"
                    + " storage_full."),
    SNAPSHOTS_BUILD_TIMEOUT(
            "sandkeep.snapshots.build-timeout",
            Type.DURATION,
            "",
            "1h",
            "How long a snapshot job may run, the time of its setup script not counted, 1s to 7d."),
    SNAPSHOTS_RETRY_BACKOFF(
            "sandkeep.snapshots.retry-backoff",
            Type.DURATION,
            "",
            "5s",
            "Pause before the second attempt at a snapshot job whose failure may pass, 0ms to 1h; doubles for the third."),
    SNAPSHOTS_LOG_LIMIT(
            "sandkeep.snapshots.log-limit-mib",
            Type.COUNT,
            "MiB",
            "10",
            "How long the log of a snapshot job may be, 1 to 1000, with at most 5000 lines for each MiB; after that only the last"
                    + " lines of each phase are kept, and a line says how much is missing."),
    SNAPSHOTS_KEEP(
            "sandkeep.snapshots.keep",
            Type.COUNT,
            "snapshots",
            "3",
            "How many of the newest snapshots of a version are kept to roll back to, 1 to 1000; pinned ones and what"
                    + " sandboxes stand on are kept besides."),
    SNAPSHOTS_PRUNE_INTERVAL(
            "sandkeep.snapshots.prune-interval",
            Type.DURATION,
            "",
            "1h",
            "How often one server removes images that nothing needs, 1m to 30d."),
    SNAPSHOTS_PRUNE_GRACE(
            "sandkeep.snapshots.prune-grace",
            Type.DURATION,
            "",
            "24h",
            "How long an image is left alone after it was last in use, 0ms to 365d."),
    REPOSITORIES_CREDENTIALS(
            "sandkeep.repositories.credentials",
            Type.PATH,
            "",
            "",
            "File with the credentials of private repositories that profiles clone, one to a line, as"
                    + " https://user:password@host/path; read at each build. docs/snapshots.md says what may be in it and who"
                    + " comes to see it."),
    SESSIONS_START_TIMEOUT(
            "sandkeep.sessions.start-timeout",
            Type.DURATION,
            "",
            "2m",
            "After which a start or resume that is not done fails with start_timeout, 1s to 1h."),
    SESSIONS_STOP_TIMEOUT(
            "sandkeep.sessions.stop-timeout",
            Type.DURATION,
            "",
            "5m",
            "After which a stop that is not done fails with stop_timeout, its grace time not counted, 1s to 1d."),
    SESSIONS_LEASE(
            "sandkeep.sessions.lease",
            Type.DURATION,
            "",
            "20s",
            "How long a session stays with a server that is silent while it starts, stops or deletes it, 1s to 10m."),
    SESSIONS_CONCURRENT_STARTS(
            "sandkeep.sessions.concurrent-starts",
            Type.COUNT,
            "sandboxes",
            "0",
            "Most sandboxes that this server starts at the same time, up to 1000; others wait as pending. 0 takes four for each"
                    + " processor."),
    SESSIONS_MAX_LIFETIME(
            "sandkeep.sessions.max-lifetime",
            Type.DURATION,
            "",
            "0s",
            "Longest time that one compute of a sandbox may live here, 1m to 365d; 0s is no limit. A profile's own limit holds when it"
                    + " is lower."),
    SESSIONS_IDLE_TIMEOUT(
            "sandkeep.sessions.idle-timeout",
            Type.DURATION,
            "",
            "0s",
            "How long a persistent sandbox whose profile does not say it may go without exec or output before it is stopped,"
                    + " 1m to 365d; 0s is for ever."),
    SESSIONS_WATCH_INTERVAL(
            "sandkeep.sessions.watch-interval",
            Type.DURATION,
            "",
            "5s",
            "How often one server looks at running sandboxes: lost, expired, idle, over a limit, due for a checkpoint, 100ms"
                    + " to 10m."),
    RECONCILER_INTERVAL(
            "sandkeep.reconciler.interval",
            Type.DURATION,
            "",
            "15s",
            "How often one server compares sandboxes, jobs and volumes with what is really there, 100ms to 10m."),
    RECONCILER_UNOWNED_GRACE(
            "sandkeep.reconciler.unowned-grace",
            Type.DURATION,
            "",
            "60s",
            "How long a compute that belongs to nothing is left alone before it is destroyed, 0ms to 1d."),
    TELEMETRY_ENDPOINT(
            "sandkeep.telemetry.otlp-endpoint",
            Type.ADDRESS,
            "",
            "",
            "Where metrics and traces are sent by OTLP over HTTP, such as http://127.0.0.1:4318: /v1/metrics and /v1/traces are"
                    + " added to it. Without it nothing is sent."),
    TELEMETRY_HEADERS(
            "sandkeep.telemetry.otlp-headers",
            Type.HEADERS,
            "",
            "",
            "Headers that are sent along, such as Authorization=Bearer abc. They may hold secrets: give them as a variable or in the"
                    + " file, because options are seen in the process list."),
    TELEMETRY_METRICS_INTERVAL(
            "sandkeep.telemetry.metrics-interval", Type.DURATION, "", "1m", "How often metrics are sent, 1s to 1h."),
    TELEMETRY_TRACE_PERCENT(
            "sandkeep.telemetry.trace-percent",
            Type.COUNT,
            "percent",
            "100",
            "How many of the traces that begin here are sent, 0 to 100; one that a caller began is sent when the caller says so.");

    private static final Pattern DURATION_TEXT = Pattern.compile("(\\d{1,9})(ms|s|m|h|d)");
    /** 32 bytes in Base64 are 43 characters and one of padding. */
    private static final Pattern KEY_TEXT =
            Pattern.compile("([A-Za-z0-9][A-Za-z0-9._-]{0,62}):[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=");

    private static final Pattern HEADER_TEXT = Pattern.compile("([A-Za-z0-9-]{1,64})=(\\p{Print}+)");

    private final String key;
    private final Type type;
    private final String unit;
    private final String defaultValue;
    private final String description;

    ConfigurationKey(String key, Type type, String unit, String defaultValue, String description) {
        this.key = key;
        this.type = type;
        this.unit = unit;
        this.defaultValue = defaultValue;
        this.description = description;
    }

    /** What a value may look like. */
    public enum Type {
        TEXT("text"),
        PATH("absolute path"),
        PORT("port, 0 to 65535"),
        COUNT("whole number, 0 or more"),
        DURATION("duration, such as 250ms, 30s, 5m, 2h or 1d"),
        WEB_URL("http or https URL without a path"),
        MAIL_SECURITY("one of starttls, tls, none"),
        DATABASE_URL("database URL"),
        NETWORKS("addresses or networks such as 192.0.2.7, 10.0.0.0/8 or fd00::/8, separated by commas"),
        KEYS("keys, each id:base64 with 32 bytes, separated by commas"),
        ADDRESS("http or https URL"),
        HEADERS("headers, each name=value, separated by commas");

        private final String description;

        Type(String description) {
            this.description = description;
        }

        /** For the reference page and for messages. */
        public String description() {
            return description;
        }
    }

    /** With dots: {@code sandkeep.http.port}. */
    public String key() {
        return key;
    }

    /** As an environment variable: {@code SANDKEEP_HTTP_PORT}. */
    public String environmentVariable() {
        return key.replace('.', '_').replace('-', '_').toUpperCase(Locale.ROOT);
    }

    /** What a value may look like. */
    public Type type() {
        return type;
    }

    /** What a number counts; empty when the type says it all. */
    public String unit() {
        return unit;
    }

    /** As text; empty when there is none. */
    public String defaultValue() {
        return defaultValue;
    }

    /** What the setting does, one or two sentences. */
    public String description() {
        return description;
    }

    /** What is wrong with {@code value}; empty when nothing is. */
    Optional<String> complaint(String value) {
        boolean fits = switch (type) {
            case TEXT -> true;
            case PATH -> isAbsolutePath(value);
            case PORT -> value.matches("\\d{1,5}") && Integer.parseInt(value) <= 65_535;
            case COUNT -> value.matches("\\d{1,9}");
            case DURATION -> DURATION_TEXT.matcher(value).matches();
            case WEB_URL -> isWebUrl(value);
            case MAIL_SECURITY -> value.matches("starttls|tls|none");
            case DATABASE_URL -> isDatabaseUrl(value);
            case NETWORKS -> Network.areNetworks(value);
            case KEYS -> areKeys(value);
            case ADDRESS -> isAddress(value);
            case HEADERS ->
                Arrays.stream(value.split(",", -1))
                        .allMatch(it -> HEADER_TEXT.matcher(it.strip()).matches());
        };
        // What holds a secret is never repeated.
        String shown = type == Type.DATABASE_URL || type == Type.KEYS || type == Type.HEADERS
                ? "the given value"
                : "'" + value + "'";
        return fits ? Optional.empty() : Optional.of(shown + " is not a valid " + type.description());
    }

    /** The duration that {@code value} stands for; it must have passed {@link #complaint}. */
    static Duration duration(String value) {
        Matcher matcher = DURATION_TEXT.matcher(value);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("not a duration: '" + value + "'");
        }
        long amount = Long.parseLong(matcher.group(1));
        return switch (matcher.group(2)) {
            case "ms" -> Duration.ofMillis(amount);
            case "s" -> Duration.ofSeconds(amount);
            case "m" -> Duration.ofMinutes(amount);
            case "h" -> Duration.ofHours(amount);
            default -> Duration.ofDays(amount);
        };
    }

    private static boolean isAbsolutePath(String value) {
        try {
            return Path.of(value).isAbsolute();
        } catch (InvalidPathException e) {
            return false;
        }
    }

    private static boolean areKeys(String value) {
        Set<String> ids = new HashSet<>();
        return Arrays.stream(value.split(",", -1)).map(String::strip).allMatch(key -> {
            Matcher matcher = KEY_TEXT.matcher(key);
            return matcher.matches() && ids.add(matcher.group(1));
        });
    }

    /** The keys that {@code value} stands for, by id, in its order; it must have passed {@link #complaint}. */
    static Map<String, byte[]> keys(String value) {
        Map<String, byte[]> keys = new LinkedHashMap<>();
        if (!value.isBlank()) {
            for (String key : value.split(",", -1)) {
                int colon = key.indexOf(':');
                keys.put(
                        key.substring(0, colon).strip(),
                        Base64.getDecoder().decode(key.substring(colon + 1).strip()));
            }
        }
        return keys;
    }

    /** The headers that {@code value} stands for, by name; it must have passed {@link #complaint}. */
    static Map<String, String> headers(String value) {
        Map<String, String> headers = new LinkedHashMap<>();
        if (!value.isBlank()) {
            for (String header : value.split(",", -1)) {
                int equals = header.indexOf('=');
                headers.put(
                        header.substring(0, equals).strip(),
                        header.substring(equals + 1).strip());
            }
        }
        return headers;
    }

    private static boolean isWebUrl(String value) {
        return isAddress(value) && URI.create(value).getPath().matches("/?");
    }

    private static boolean isAddress(String value) {
        try {
            URI uri = URI.create(value);
            return ("https".equals(uri.getScheme()) || "http".equals(uri.getScheme()))
                    && uri.getHost() != null
                    && uri.getUserInfo() == null
                    && uri.getQuery() == null
                    && uri.getFragment() == null;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static boolean isDatabaseUrl(String value) {
        if (value.startsWith("jdbc:postgresql://")) {
            return value.length() > "jdbc:postgresql://".length();
        }
        try {
            URI uri = URI.create(value);
            return ("postgresql".equals(uri.getScheme()) || "postgres".equals(uri.getScheme()))
                    && uri.getHost() != null
                    && uri.getPath() != null
                    && uri.getPath().length() > 1;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }
}
