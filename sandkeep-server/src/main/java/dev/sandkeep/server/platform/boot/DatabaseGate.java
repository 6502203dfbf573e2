package dev.sandkeep.server.platform.boot;

import dev.sandkeep.server.platform.config.SandkeepProperties;
import dev.sandkeep.server.platform.database.Database;
import dev.sandkeep.server.platform.database.DatabaseEndpoint;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/** Nothing that works in the background, and no request, begins before the database is up and migrated. */
@Component
class DatabaseGate implements SmartLifecycle {
    private static final Logger LOG = LoggerFactory.getLogger(DatabaseGate.class);

    private final Database database;
    private final SandkeepProperties properties;
    private volatile boolean open;

    DatabaseGate(Database database, SandkeepProperties properties) {
        this.database = database;
        this.properties = properties;
    }

    @Override
    public int getPhase() {
        return StartOrder.DATABASE;
    }

    @Override
    public void start() {
        if (!properties.training()) {
            DatabaseEndpoint endpoint = database.await();
            LOG.info("event=database_ready place={} embedded={}", endpoint.place(), endpoint.embedded());
        }
        open = true;
    }

    @Override
    public void stop() {
        open = false;
    }

    @Override
    public boolean isRunning() {
        return open;
    }
}
