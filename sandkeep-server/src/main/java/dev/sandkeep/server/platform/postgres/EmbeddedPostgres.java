package dev.sandkeep.server.platform.postgres;

import dev.sandkeep.server.platform.config.StartFailure;
import dev.sandkeep.server.platform.database.DatabaseEndpoint;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A PostgreSQL server that lives as long as this process, on loopback, as an unprivileged user. It is started again when it
 * dies; one that a killed server left behind is taken over.
 */
public final class EmbeddedPostgres implements AutoCloseable {
    /** Role and database that Sandkeep works with. */
    public static final String NAME = "sandkeep";

    private static final Logger LOG = LoggerFactory.getLogger(EmbeddedPostgres.class);
    private static final Duration READY = Duration.ofSeconds(60);
    private static final long LOG_BYTES = 10L << 20;
    /** SQL states of the two ways in which the first start has not been finished. */
    private static final List<String> NOT_MADE_YET = List.of("28P01", "28000", "3D000");

    private final Path directory;
    private final boolean durable;
    private final PostgresUser user;
    private final PostgresBinaries binaries;
    private final PostgresCluster cluster;
    private final PostgresSecrets secrets;
    private final PostgresLock lock;
    private volatile Postmaster postmaster;
    private volatile boolean stopping;

    private EmbeddedPostgres(
            Path directory,
            boolean durable,
            PostgresUser user,
            PostgresBinaries binaries,
            PostgresCluster cluster,
            PostgresSecrets secrets,
            PostgresLock lock,
            Optional<Postmaster> leftBehind)
            throws IOException, InterruptedException {
        this.directory = directory;
        this.durable = durable;
        this.user = user;
        this.binaries = binaries;
        this.cluster = cluster;
        this.secrets = secrets;
        this.lock = lock;
        this.postmaster = leftBehind.isPresent() ? leftBehind.get() : launch();
    }

    /**
     * Starts the server in the directory of {@code lock}, and makes cluster, role and database when they do not exist.
     *
     * @param lock given back by {@link #close}, or when this fails
     * @param binariesDirectory where PostgreSQL's programs are unpacked to, once for all who name the same
     * @param durable whether a commit is on disk when it returns; only tests do without
     * @throws StartFailure when it cannot be started, or another process uses the directory
     */
    public static EmbeddedPostgres start(PostgresLock lock, Path binariesDirectory, boolean durable)
            throws InterruptedException {
        Path directory = lock.directory();
        try {
            PostgresLock.makePassable(binariesDirectory);
            PostgresUser user = PostgresUser.ensure();
            PostgresBinaries binaries = PostgresBinaries.unpack(binariesDirectory);
            PostgresCluster cluster = new PostgresCluster(directory, binaries, user);
            PostgresSecrets secrets = cluster.ensure();
            Optional<Postmaster> leftBehind = Postmaster.find(cluster.data());
            List<String> wanted = command(binaries, cluster.data(), secrets.port(), durable);
            if (leftBehind.isPresent() && !leftBehind.get().command().equals(wanted)) {
                leftBehind.get().stop();
                leftBehind = Optional.empty();
            }
            if (leftBehind.isEmpty()) {
                secrets = cluster.withFreePort(secrets);
            }
            EmbeddedPostgres started =
                    new EmbeddedPostgres(directory, durable, user, binaries, cluster, secrets, lock, leftBehind);
            started.finishStart();
            Thread.ofPlatform().daemon().name("postgres-watch").start(started::watch);
            return started;
        } catch (IOException | SQLException e) {
            lock.close(e);
            throw new StartFailure(
                    "The embedded database in " + directory + " cannot be started: " + e.getMessage(),
                    "Read " + directory.resolve("postgres.log")
                            + ", or set SANDKEEP_DATABASE_URL to use another PostgreSQL.",
                    e);
        } catch (StartFailure | InterruptedException e) {
            lock.close(e);
            throw e;
        }
    }

    /** Ends one that a killed server left behind, so that its files are those of a clean end. */
    public static void stopLeftBehind(PostgresLock lock) throws IOException, InterruptedException {
        Optional<Postmaster> leftBehind = Postmaster.find(lock.directory().resolve("data"));
        if (leftBehind.isPresent()) {
            leftBehind.get().stop();
        }
    }

    /** Gives files that were put there by somebody else to the user that it runs as on this machine. */
    public static void adopt(Path directory) throws IOException, InterruptedException {
        PostgresUser.ensure().ownAll(directory.resolve("data"));
    }

    /** How to reach it. */
    public DatabaseEndpoint endpoint() {
        return new DatabaseEndpoint(url(NAME), NAME, secrets.password(), true);
    }

    /** How its superuser reaches the database {@code name}; for tests, which make databases. */
    public DatabaseEndpoint superuser(String name) {
        return new DatabaseEndpoint(url(name), "postgres", secrets.superuserPassword(), true);
    }

    /** Operating system's id of its main process. */
    public long pid() {
        return postmaster.process().pid();
    }

    /** Ends it, after the last connection was given back. Everything committed is kept. */
    @Override
    public void close() {
        synchronized (this) {
            stopping = true;
        }
        try (lock) {
            postmaster.stop();
        } catch (IOException e) {
            LOG.error("event=database_stop_failed error=\"{}\"", e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Leaves it running and lets go of it, as the kernel does for a killed process; for tests. */
    void abandon() throws IOException {
        synchronized (this) {
            stopping = true;
        }
        lock.close();
    }

    private String url(String database) {
        return "jdbc:postgresql://127.0.0.1:" + secrets.port() + "/" + database;
    }

    private static List<String> command(PostgresBinaries binaries, Path data, int port, boolean durable) {
        List<String> command = new ArrayList<>();
        command.add(binaries.program("postgres").toString());
        command.add("-D");
        command.add(data.toString());
        List<String> settings = new ArrayList<>(List.of(
                "listen_addresses=127.0.0.1",
                "port=" + port,
                "unix_socket_directories=",
                "max_connections=220",
                "shared_buffers=64MB",
                "max_wal_size=512MB",
                "wal_level=minimal",
                "max_wal_senders=0",
                "io_method=sync",
                "jit=off",
                "max_parallel_workers_per_gather=0",
                "max_logical_replication_workers=0",
                "log_checkpoints=off",
                "log_line_prefix=%m [%p] "));
        if (!durable) {
            settings.addAll(List.of("fsync=off", "full_page_writes=off", "synchronous_commit=off"));
        }
        for (String setting : settings) {
            command.add("-c");
            command.add(setting);
        }
        return List.copyOf(command);
    }

    private Postmaster launch() throws IOException {
        List<String> command = command(binaries, cluster.data(), secrets.port(), durable);
        Path log = directory.resolve("postgres.log");
        if (Files.exists(log) && Files.size(log) > LOG_BYTES) {
            Files.move(log, directory.resolve("postgres.log.1"), StandardCopyOption.REPLACE_EXISTING);
        }
        if (!Files.exists(log)) {
            Files.createFile(log, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        }
        ProcessBuilder builder = new ProcessBuilder(user.command(command))
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        PostgresCluster.minimalEnvironment(builder);
        return new Postmaster(builder.start().toHandle(), command);
    }

    /** A server that cannot be used is not left behind. */
    private void finishStart() throws IOException, SQLException, InterruptedException {
        boolean finished = false;
        try {
            awaitReady();
            ensureDatabase();
            finished = true;
        } finally {
            if (!finished) {
                postmaster.stop();
            }
        }
    }

    private void awaitReady() throws IOException, InterruptedException {
        long deadline = System.nanoTime() + READY.toNanos();
        while (!postmaster.isReady(cluster.data())) {
            if (!postmaster.process().isAlive()) {
                throw new IOException("it ended at once; the last lines of its log: " + lastLogLines());
            }
            if (System.nanoTime() > deadline) {
                throw new IOException("it was not ready within " + READY.toSeconds() + " s");
            }
            TimeUnit.MILLISECONDS.sleep(10);
        }
    }

    private String lastLogLines() throws IOException {
        List<String> lines = Files.readAllLines(directory.resolve("postgres.log"), StandardCharsets.UTF_8);
        return String.join(" / ", lines.subList(Math.max(0, lines.size() - 3), lines.size()));
    }

    private void ensureDatabase() throws SQLException {
        DatabaseEndpoint endpoint = endpoint();
        try {
            DriverManager.getConnection(endpoint.url(), endpoint.username(), endpoint.password())
                    .close();
        } catch (SQLException e) {
            if (!NOT_MADE_YET.contains(e.getSQLState())) {
                throw e;
            }
            makeDatabase();
        }
    }

    private void makeDatabase() throws SQLException {
        DatabaseEndpoint superuser = superuser("postgres");
        try (Connection connection =
                        DriverManager.getConnection(superuser.url(), superuser.username(), superuser.password());
                Statement statement = connection.createStatement()) {
            if (!exists(statement, "select 1 from pg_roles where rolname = '" + NAME + "'")) {
                statement.execute("create role " + NAME + " login");
            }
            // The password is made of letters, digits, '-' and '_' only.
            statement.execute("alter role " + NAME + " password '" + secrets.password() + "'");
            if (!exists(statement, "select 1 from pg_database where datname = '" + NAME + "'")) {
                statement.execute("create database " + NAME + " owner " + NAME);
            }
        }
    }

    private static boolean exists(Statement statement, String query) throws SQLException {
        try (ResultSet rows = statement.executeQuery(query)) {
            return rows.next();
        }
    }

    /** Starts it again whenever it ends without being told to. */
    private void watch() {
        long pauseMillis = 100;
        while (!stopping) {
            postmaster.process().onExit().join();
            if (stopping) {
                return;
            }
            LOG.error(
                    "event=database_died pid={} action=restart",
                    postmaster.process().pid());
            try {
                TimeUnit.MILLISECONDS.sleep(pauseMillis);
                pauseMillis = Math.min(pauseMillis * 2, 30_000);
                restart();
                pauseMillis = 100;
            } catch (IOException e) {
                LOG.error("event=database_restart_failed error=\"{}\"", e.getMessage());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    private void restart() throws IOException, InterruptedException {
        synchronized (this) {
            if (stopping) {
                return;
            }
            postmaster = launch();
        }
        awaitReady();
        LOG.info("event=database_restarted pid={}", postmaster.process().pid());
    }
}
