package dev.sandkeep.server.testing;

import dev.sandkeep.server.platform.boot.ServerBoot;
import dev.sandkeep.server.platform.config.Configuration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.ConfigurableApplicationContext;

/** Boots the server of tests as the real one, on a database of the fixture and an empty data directory. */
final class TestBoot implements ApplicationContextInitializer<ConfigurableApplicationContext> {

    @Override
    public void initialize(ConfigurableApplicationContext context) {
        PostgresFixture.endWithSpring();
        ServerBoot boot = ServerBoot.prepare(Configuration.load(
                List.of(
                        "--data=" + PostgresFixture.passableDirectory(),
                        "--port=0",
                        "--sandkeep.provider=test",
                        "--sandkeep.volumes.backend=test",
                        "--sandkeep.jobs.heartbeat=500ms",
                        "--sandkeep.database.url="
                                + PostgresFixture.url(PostgresFixture.shared().newDatabase())),
                Map.of(),
                new Properties()));
        boot.initialize(context);
    }
}
