package dev.sandkeep.server.testing;

import dev.sandkeep.server.platform.config.StartFailure;
import dev.sandkeep.server.platform.data.DataDirectory;
import dev.sandkeep.server.platform.database.DatabaseEndpoint;
import dev.sandkeep.server.platform.database.Migrations;
import dev.sandkeep.server.platform.postgres.EmbeddedPostgres;
import dev.sandkeep.server.platform.postgres.PostgresLock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedDeque;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.SpringApplication;

/**
 * One PostgreSQL server for all tests of this JVM, run by the product's own supervisor. {@link #newDatabase} copies a migrated
 * template, which takes some hundredths of a second.
 */
public final class PostgresFixture {
    private static final String TEMPLATE = "sandkeep_template";

    private static final Deque<Runnable> AT_END = new ConcurrentLinkedDeque<>();

    private static volatile boolean springRuns;
    private static @Nullable PostgresFixture shared;
    private static @Nullable Path home;

    private final EmbeddedPostgres postgres;
    private int databases;

    private PostgresFixture(EmbeddedPostgres postgres) {
        this.postgres = postgres;
    }

    /** The server; started by whoever asks first, stopped with the JVM. */
    public static synchronized PostgresFixture shared() {
        PostgresFixture existing = shared;
        if (existing != null) {
            return existing;
        }
        try {
            PostgresFixture started = new PostgresFixture(start());
            started.prepareTemplate();
            shared = started;
            return started;
        } catch (SQLException e) {
            throw new IllegalStateException("the database for tests cannot be started", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** A new, migrated database that nobody else uses. */
    public synchronized DatabaseEndpoint newDatabase() {
        String name = "test_" + ++databases;
        try {
            execute("create database " + name + " template " + TEMPLATE + " owner " + EmbeddedPostgres.NAME);
        } catch (SQLException e) {
            throw new IllegalStateException("no database for a test", e);
        }
        return endpoint(name);
    }

    /** The same as {@code SANDKEEP_DATABASE_URL} has it. */
    public static String url(DatabaseEndpoint endpoint) {
        return endpoint.url() + "?user=" + endpoint.username() + "&password=" + endpoint.password();
    }

    /** A directory that others may pass through, as a data directory must be; gone with the JVM. */
    public static Path passableDirectory() {
        try {
            Path directory = Files.createTempDirectory(Path.of("/tmp"), "sandkeep-test-");
            Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx--x--x"));
            atEnd(() -> Trees.remove(directory));
            return directory;
        } catch (IOException e) {
            throw new IllegalStateException("no directory for tests", e);
        }
    }

    /** When the JVM ends: after Spring's contexts were closed, which still need what ends here, if there are any. */
    private static void atEnd(Runnable action) {
        if (AT_END.isEmpty()) {
            Runtime.getRuntime().addShutdownHook(new Thread(() -> {
                if (!springRuns) {
                    end();
                }
            }));
        }
        AT_END.addFirst(action);
    }

    /** To be called by whoever starts a Spring application. */
    static void endWithSpring() {
        if (!springRuns) {
            springRuns = true;
            SpringApplication.getShutdownHandlers().add(PostgresFixture::end);
        }
    }

    private static void end() {
        AT_END.forEach(Runnable::run);
    }

    /** Where the fixture keeps its files, and PostgreSQL's programs unpacked once for all tests. */
    public static synchronized Path home() {
        Path existing = home;
        if (existing != null) {
            return existing;
        }
        try {
            Path target = Path.of("target").toAbsolutePath();
            boolean usable = Files.isDirectory(target)
                    && DataDirectory.notTraversable(target).isEmpty();
            Path chosen = usable ? target.resolve("postgres") : passableDirectory();
            home = chosen;
            return chosen;
        } catch (IOException e) {
            throw new IllegalStateException("no directory for the database of tests", e);
        }
    }

    private static EmbeddedPostgres start() throws InterruptedException {
        EmbeddedPostgres started = start(lock());
        atEnd(started::close);
        return started;
    }

    private static PostgresLock lock() {
        try {
            return PostgresLock.take(home());
        } catch (StartFailure busy) {
            // Another test run, in an IDE for example, has it.
            return PostgresLock.take(passableDirectory());
        }
    }

    private static EmbeddedPostgres start(PostgresLock lock) throws InterruptedException {
        return EmbeddedPostgres.start(lock, home(), false);
    }

    private void prepareTemplate() throws SQLException {
        for (String leftOver : query("select datname from pg_database where datname like 'test\\_%'")) {
            execute("drop database " + leftOver + " with (force)");
        }
        execute("drop database if exists " + TEMPLATE);
        execute("create database " + TEMPLATE + " owner " + EmbeddedPostgres.NAME);
        Migrations.migrate(endpoint(TEMPLATE));
    }

    private DatabaseEndpoint endpoint(String name) {
        DatabaseEndpoint standard = postgres.endpoint();
        return new DatabaseEndpoint(
                standard.url().replace("/" + EmbeddedPostgres.NAME, "/" + name),
                standard.username(),
                standard.password(),
                false);
    }

    private void execute(String sql) throws SQLException {
        try (Connection connection = superuser();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private List<String> query(String sql) throws SQLException {
        List<String> values = new ArrayList<>();
        try (Connection connection = superuser();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            while (rows.next()) {
                values.add(rows.getString(1));
            }
        }
        return values;
    }

    private Connection superuser() throws SQLException {
        DatabaseEndpoint superuser = postgres.superuser("postgres");
        return DriverManager.getConnection(superuser.url(), superuser.username(), superuser.password());
    }
}
