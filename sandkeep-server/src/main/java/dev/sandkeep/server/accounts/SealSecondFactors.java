package dev.sandkeep.server.accounts;

import dev.sandkeep.server.platform.boot.StartOrder;
import dev.sandkeep.server.platform.config.SandkeepProperties;
import dev.sandkeep.server.platform.config.StartFailure;
import dev.sandkeep.server.platform.data.DataDirectory;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/** When the server starts, reads the keys of second factors, and seals every secret that is not sealed with the first of them. */
@Component
final class SealSecondFactors implements SmartLifecycle {
    private static final Logger LOG = LoggerFactory.getLogger(SealSecondFactors.class);
    /** Any number that nobody else locks: servers that start together come here one after the other. */
    private static final long LOCK = 0x5a4dcee9_0002L;

    private final SecretSeal seal;
    private final SecondFactors factors;
    private final JdbcClient jdbc;
    private final TransactionTemplate transactions;
    private final DataDirectory data;
    private final SandkeepProperties properties;
    private volatile boolean done;

    SealSecondFactors(
            SecretSeal seal,
            SecondFactors factors,
            JdbcClient jdbc,
            TransactionTemplate transactions,
            DataDirectory data,
            SandkeepProperties properties) {
        this.seal = seal;
        this.factors = factors;
        this.jdbc = jdbc;
        this.transactions = transactions;
        this.data = data;
        this.properties = properties;
    }

    @Override
    public int getPhase() {
        return StartOrder.FIRST_ROWS;
    }

    @Override
    public void start() {
        if (!properties.training()) {
            transactions.executeWithoutResult(status -> {
                jdbc.sql("select pg_advisory_xact_lock(:lock)::text")
                        .param("lock", LOCK)
                        .query(String.class)
                        .optional();
                load();
                int sealed = factors.sealAll();
                if (sealed > 0) {
                    LOG.info("event=second_factors_sealed count={} key={}", sealed, seal.firstKey());
                }
            });
        }
        done = true;
    }

    private void load() {
        try {
            seal.load();
        } catch (IOException e) {
            throw new StartFailure(
                    "The key of second factors, " + data.resolve(SecretSeal.FILE) + ", cannot be used: "
                            + e.getMessage(),
                    "Put the file back as it was, or set sandkeep.accounts.second-factor-keys.",
                    e);
        }
    }

    @Override
    public void stop() {
        done = false;
    }

    @Override
    public boolean isRunning() {
        return done;
    }
}
