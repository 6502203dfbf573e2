package dev.sandkeep.server.platform.database;

import com.zaxxer.hikari.HikariDataSource;
import dev.sandkeep.server.platform.config.StartFailure;
import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.logging.Logger;
import javax.sql.DataSource;

/**
 * The database while it is being started: everything that needs a connection waits, everything else goes on. This is what
 * lets the application start beside the embedded database and not after it.
 */
public final class Database {
    private static final int LOGIN_SECONDS = 5;
    private static final long CONNECTION_TIMEOUT_MILLIS = 20_000;

    private final Future<DatabaseEndpoint> started;

    private Database(Future<DatabaseEndpoint> started) {
        this.started = started;
    }

    /** Starts and migrates in the background; {@code start} answers where the database is. */
    public static Database inBackground(Callable<DatabaseEndpoint> start) {
        FutureTask<DatabaseEndpoint> task = new FutureTask<>(() -> {
            DatabaseEndpoint endpoint = start.call();
            Migrations.migrate(endpoint);
            return endpoint;
        });
        Thread.ofPlatform().daemon().name("database-start").start(task);
        return new Database(task);
    }

    /** One that runs and is migrated already. */
    public static Database ready(DatabaseEndpoint endpoint) {
        FutureTask<DatabaseEndpoint> task = new FutureTask<>(() -> endpoint);
        task.run();
        return new Database(task);
    }

    /** None at all: whoever waits for it fails at once. */
    public static Database absent() {
        FutureTask<DatabaseEndpoint> task = new FutureTask<>(() -> {
            throw new StartFailure("There is no database in a training run.", "Start the server without training.");
        });
        task.run();
        return new Database(task);
    }

    /**
     * Waits until it is up and migrated.
     *
     * @throws StartFailure when that failed
     */
    public DatabaseEndpoint await() {
        try {
            return started.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof StartFailure failure) {
                throw failure;
            }
            throw new StartFailure("The database cannot be started: " + e.getCause(), "Read the server's log.", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StartFailure("The start was interrupted.", "Start the server again.", e);
        }
    }

    /** A pool of connections; made at once, filled when the database is up. */
    public HikariDataSource pool(int size) {
        HikariDataSource pool = new HikariDataSource();
        pool.setPoolName("database");
        pool.setDataSource(new WaitingDataSource());
        pool.setMaximumPoolSize(size);
        pool.setMinimumIdle(2);
        // Whether the database can be used is found out before the first connection is taken from here.
        pool.setInitializationFailTimeout(-1);
        pool.setConnectionTimeout(CONNECTION_TIMEOUT_MILLIS);
        pool.setAutoCommit(true);
        return pool;
    }

    private final class WaitingDataSource implements DataSource {
        @Override
        public Connection getConnection() throws SQLException {
            try {
                return Migrations.dataSource(await()).getConnection();
            } catch (StartFailure e) {
                throw new SQLException(e.getMessage(), e);
            }
        }

        @Override
        public Connection getConnection(String username, String password) throws SQLException {
            return getConnection();
        }

        @Override
        public PrintWriter getLogWriter() throws SQLException {
            throw new java.sql.SQLFeatureNotSupportedException("no log writer");
        }

        @Override
        public void setLogWriter(PrintWriter out) {}

        @Override
        public void setLoginTimeout(int seconds) {}

        /** For so long, in seconds, the pool waits at its end for a connection that is being made. */
        @Override
        public int getLoginTimeout() {
            return LOGIN_SECONDS;
        }

        @Override
        public Logger getParentLogger() {
            return Logger.getGlobal();
        }

        @Override
        public <T> T unwrap(Class<T> type) throws SQLException {
            throw new SQLException("not a wrapper of " + type);
        }

        @Override
        public boolean isWrapperFor(Class<?> type) {
            return false;
        }
    }
}
