package dev.sandkeep.server.platform.boot;

import dev.sandkeep.server.platform.config.SandkeepProperties;
import dev.sandkeep.server.platform.config.StartFailure;
import dev.sandkeep.server.platform.data.DataDirectory;
import dev.sandkeep.server.platform.data.ServerInstance;
import dev.sandkeep.server.platform.database.Database;
import dev.sandkeep.server.platform.database.DatabaseEndpoint;
import dev.sandkeep.server.platform.postgres.EmbeddedPostgres;
import dev.sandkeep.server.platform.postgres.PostgresLock;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.env.MapPropertySource;

/**
 * What must be clear before the application starts: the data directory is ours, the port is free, the database is on its way.
 * Hands all of it to the application, and takes it down after the application has ended.
 */
public final class ServerBoot implements ApplicationContextInitializer<ConfigurableApplicationContext>, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ServerBoot.class);

    private final SandkeepProperties properties;
    private final DataDirectory data;
    private final ServerInstance instance;
    private final Database database;
    private final AtomicBoolean closed = new AtomicBoolean();
    private volatile @Nullable EmbeddedPostgres postgres;

    private ServerBoot(SandkeepProperties properties) throws IOException {
        this.properties = properties;
        this.data = DataDirectory.open(properties.data());
        if (properties.databaseUrl().isPresent()) {
            DatabaseEndpoint endpoint =
                    DatabaseEndpoint.external(properties.databaseUrl().get());
            requireFreePort();
            this.instance = ServerInstance.register(data);
            this.database = Database.inBackground(() -> endpoint);
        } else {
            // The lock first: who starts the server twice shall read that, and not that the port is in use.
            PostgresLock lock = PostgresLock.take(data.resolve("postgres"));
            requireFreePort();
            this.instance = ServerInstance.register(data);
            this.database = Database.inBackground(() -> startEmbedded(lock));
        }
    }

    private ServerBoot(SandkeepProperties properties, DataDirectory data, ServerInstance instance, Database database) {
        this.properties = properties;
        this.data = data;
        this.instance = instance;
        this.database = database;
    }

    /**
     * Checks and prepares everything.
     *
     * @throws StartFailure when the server cannot start
     */
    public static ServerBoot prepare(SandkeepProperties properties) {
        if (properties.training()) {
            DataDirectory nowhere = new DataDirectory(Path.of("/nonexistent"), "00000000");
            return new ServerBoot(properties, nowhere, ServerInstance.unregistered(nowhere), Database.absent());
        }
        try {
            return new ServerBoot(properties);
        } catch (IOException e) {
            throw new StartFailure(
                    "The data directory " + properties.data() + " cannot be used: " + e,
                    "Check that the user who starts the server may write there.",
                    e);
        }
    }

    @Override
    public void initialize(ConfigurableApplicationContext context) {
        ConfigurableListableBeanFactory beans = context.getBeanFactory();
        beans.registerSingleton("sandkeepProperties", properties);
        beans.registerSingleton("dataDirectory", data);
        beans.registerSingleton("serverInstance", instance);
        beans.registerSingleton("database", database);
        Map<String, Object> settings = new HashMap<>();
        settings.put("server.address", properties.httpAddress());
        settings.put("server.port", properties.training() ? 0 : properties.httpPort());
        context.getEnvironment().getPropertySources().addFirst(new MapPropertySource("sandkeep", settings));
    }

    /** Leaves the data directory and stops the embedded database, once. The application must have ended. */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        awaitStart();
        EmbeddedPostgres running = postgres;
        if (running != null) {
            running.close();
        }
        try {
            instance.close();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /** When the application failed meanwhile, the database may just be coming up: it must not be left behind. */
    private void awaitStart() {
        try {
            database.await();
        } catch (StartFailure e) {
            LOG.debug("event=database_never_started", e);
        }
    }

    private DatabaseEndpoint startEmbedded(PostgresLock lock) throws InterruptedException {
        Path directory = data.resolve("postgres");
        EmbeddedPostgres started = EmbeddedPostgres.start(lock, directory, true);
        postgres = started;
        return started.endpoint();
    }

    private void requireFreePort() throws IOException {
        if (properties.httpPort() == 0) {
            return;
        }
        try (ServerSocket probe = new ServerSocket()) {
            probe.setReuseAddress(true);
            probe.bind(new InetSocketAddress(InetAddress.getByName(properties.httpAddress()), properties.httpPort()));
        } catch (UnknownHostException e) {
            throw new StartFailure(
                    "The address " + properties.httpAddress() + " is not known.",
                    "Set SANDKEEP_HTTP_ADDRESS to an address of this machine, such as 127.0.0.1.",
                    e);
        } catch (IOException e) {
            throw portInUse(properties, e);
        }
    }

    /** The message for a port that somebody else has. */
    static StartFailure portInUse(SandkeepProperties properties, Throwable cause) {
        return new StartFailure(
                "The server cannot listen on " + properties.httpAddress() + ":" + properties.httpPort() + ": "
                        + cause.getMessage() + ".",
                "Stop what listens there (ss -ltnp 'sport = :" + properties.httpPort()
                        + "' shows it), or set SANDKEEP_HTTP_PORT to another port.",
                cause);
    }
}
