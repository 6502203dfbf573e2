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
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.SpringApplication;

/**
 * One PostgreSQL server for all tests of this JVM, run by the product's own supervisor. {@link #newDatabase} copies a migrated
 * template, which takes some hundredths of a second.
 */
public final class PostgresFixture {
    private static final String TEMPLATE = "sandkeep_template";

    private static @Nullable PostgresFixture shared;

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
        } catch (IOException | SQLException e) {
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

    /** After Spring's contexts were closed, which still need what ends here. */
    private static void atEnd(Runnable action) {
        SpringApplication.getShutdownHandlers().add(action);
    }

    private static EmbeddedPostgres start() throws IOException, InterruptedException {
        Path target = Path.of("target").toAbsolutePath();
        EmbeddedPostgres started;
        if (Files.isDirectory(target) && DataDirectory.notTraversable(target).isEmpty()) {
            started = startAt(target.resolve("postgres"));
        } else {
            started = startAt(passableDirectory());
        }
        atEnd(started::close);
        return started;
    }

    private static EmbeddedPostgres startAt(Path directory) throws InterruptedException {
        try {
            return EmbeddedPostgres.start(PostgresLock.take(directory), directory, false);
        } catch (StartFailure busy) {
            // Another test run, in an IDE for example, has it.
            Path other = passableDirectory();
            return EmbeddedPostgres.start(PostgresLock.take(other), directory, false);
        }
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
