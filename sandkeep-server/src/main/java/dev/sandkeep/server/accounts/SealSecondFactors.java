package dev.sandkeep.server.accounts;

import dev.sandkeep.server.platform.boot.StartWork;
import dev.sandkeep.server.platform.config.SandkeepProperties;
import dev.sandkeep.server.platform.config.StartFailure;
import dev.sandkeep.server.platform.data.DataDirectory;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/** When the server starts, reads the keys of second factors, and seals every secret that is not sealed with the first of them. */
@Component
final class SealSecondFactors extends StartWork {
    private static final Logger LOG = LoggerFactory.getLogger(SealSecondFactors.class);

    private final SecretSeal seal;
    private final SecondFactors factors;
    private final DataDirectory data;

    SealSecondFactors(
            SecretSeal seal,
            SecondFactors factors,
            JdbcClient jdbc,
            TransactionTemplate transactions,
            DataDirectory data,
            SandkeepProperties properties) {
        super(jdbc, transactions, properties);
        this.seal = seal;
        this.factors = factors;
        this.data = data;
    }

    @Override
    protected void work() {
        load();
        int sealed = factors.sealAll();
        if (sealed > 0) {
            LOG.info("event=second_factors_sealed count={} key={}", sealed, seal.firstKey());
        }
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
}
