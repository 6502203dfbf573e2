package dev.sandkeep.server.platform.boot;

import dev.sandkeep.server.platform.config.SandkeepProperties;
import org.springframework.context.SmartLifecycle;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Something that a server sees to in the database when it starts, before it works and answers: in one transaction, and of servers
 * that start together by one after the other. A start that only trains leaves it out.
 */
public abstract class StartWork implements SmartLifecycle {
    /** Any number that nobody else locks. */
    private static final long LOCK = 0x5a4dcee9_0001L;

    private final JdbcClient jdbc;
    private final TransactionTemplate transactions;
    private final SandkeepProperties properties;
    private volatile boolean done;

    protected StartWork(JdbcClient jdbc, TransactionTemplate transactions, SandkeepProperties properties) {
        this.jdbc = jdbc;
        this.transactions = transactions;
        this.properties = properties;
    }

    /** Does it. What is done already must be left alone: it is asked for at every start. */
    protected abstract void work();

    @Override
    public final int getPhase() {
        return StartOrder.FIRST_ROWS;
    }

    @Override
    public final void start() {
        if (!properties.training()) {
            transactions.executeWithoutResult(status -> {
                jdbc.sql("select pg_advisory_xact_lock(:lock)::text")
                        .param("lock", LOCK)
                        .query(String.class)
                        .optional();
                work();
            });
        }
        done = true;
    }

    @Override
    public final void stop() {
        done = false;
    }

    @Override
    public final boolean isRunning() {
        return done;
    }
}
