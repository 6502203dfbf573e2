package dev.sandkeep.server.platform.database;

import dev.sandkeep.server.platform.config.StartFailure;
import java.sql.Connection;
import java.sql.SQLException;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.MigrationInfo;
import org.postgresql.ds.PGSimpleDataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Brings the schema to what this server needs. Several servers may do so at once: the first one works, the others wait. */
public final class Migrations {
    /** The {@code is json} checks need it. */
    private static final int OLDEST_SERVER = 160_000;

    private static final Logger LOG = LoggerFactory.getLogger(Migrations.class);
    private static final int CONNECT_SECONDS = 5;

    private Migrations() {}

    /**
     * Migrates.
     *
     * @throws StartFailure when the database is out of reach, too old, or was migrated by a newer version
     */
    public static void migrate(DatabaseEndpoint endpoint) {
        PGSimpleDataSource dataSource = dataSource(endpoint);
        requireUsable(endpoint, dataSource);
        try {
            Flyway flyway = flyway(dataSource);
            requireNotNewer(endpoint, flyway);
            flyway.migrate();
        } catch (FlywayException e) {
            throw new StartFailure(
                    "The schema of " + endpoint.place() + " cannot be brought up to date: " + e.getMessage(),
                    "Check that the role owns the schema; if another version's migration was interrupted, start that version.",
                    e);
        }
    }

    /** Goes as far as it can without a database: for a training run, which wants to see the classes. */
    public static void rehearse() {
        PGSimpleDataSource nowhere =
                dataSource(new DatabaseEndpoint("jdbc:postgresql://127.0.0.1:1/none", "", "", true));
        flyway(nowhere);
        try {
            nowhere.getConnection().close();
        } catch (SQLException e) {
            LOG.debug("event=rehearsed", e);
        }
    }

    private static Flyway flyway(DataSource dataSource) {
        return Flyway.configure(Migrations.class.getClassLoader())
                .dataSource(dataSource)
                .locations("classpath:dev/sandkeep/server/migrations")
                .table("schema_history")
                .load();
    }

    /** Plain connections, without a pool. */
    static PGSimpleDataSource dataSource(DatabaseEndpoint endpoint) {
        PGSimpleDataSource dataSource = new PGSimpleDataSource();
        dataSource.setURL(endpoint.url());
        dataSource.setUser(endpoint.username());
        dataSource.setPassword(endpoint.password());
        dataSource.setApplicationName("sandkeep");
        dataSource.setConnectTimeout(CONNECT_SECONDS);
        dataSource.setLoginTimeout(CONNECT_SECONDS);
        dataSource.setTcpKeepAlive(true);
        return dataSource;
    }

    private static void requireUsable(DatabaseEndpoint endpoint, DataSource dataSource) {
        try (Connection connection = dataSource.getConnection()) {
            int major = connection.getMetaData().getDatabaseMajorVersion();
            if (major * 10_000 < OLDEST_SERVER) {
                throw new StartFailure(
                        "The database at " + endpoint.place() + " is PostgreSQL " + major + ", which is too old.",
                        "Use PostgreSQL " + OLDEST_SERVER / 10_000
                                + " or newer, or leave SANDKEEP_DATABASE_URL away to use the embedded one.");
            }
        } catch (SQLException e) {
            throw new StartFailure(
                    "The database at " + endpoint.place() + " cannot be used: " + e.getMessage(),
                    "Check SANDKEEP_DATABASE_URL (host, port, database, user, password) and that PostgreSQL runs there;"
                            + " or leave it away to use the embedded one.",
                    e);
        }
    }

    private static void requireNotNewer(DatabaseEndpoint endpoint, Flyway flyway) {
        MigrationInfo current = flyway.info().current();
        if (current != null
                && current.getState().isResolved() == false
                && current.getState().isApplied()) {
            throw new StartFailure(
                    "The schema of " + endpoint.place() + " was made by a newer version of Sandkeep ("
                            + current.getVersion() + ").",
                    "Start that newer version, or name another database.");
        }
    }
}
