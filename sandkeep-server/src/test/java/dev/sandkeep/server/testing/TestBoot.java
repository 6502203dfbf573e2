package dev.sandkeep.server.testing;

import dev.sandkeep.server.platform.boot.ServerBoot;
import dev.sandkeep.server.platform.config.Configuration;
import dev.sandkeep.server.platform.config.SandkeepProperties;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
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
        String database = PostgresFixture.url(PostgresFixture.shared().newDatabase());
        ServerBoot.prepare(properties(PostgresFixture.passableDirectory(), database))
                .initialize(context);
    }

    private static String key(int fill) {
        byte[] bytes = new byte[32];
        Arrays.fill(bytes, (byte) fill);
        return Base64.getEncoder().encodeToString(bytes);
    }

    /** What servers of tests run with. */
    static SandkeepProperties properties(Path data, String databaseUrl, String... more) {
        List<String> options = new ArrayList<>(List.of(more));
        options.addAll(List.of(
                "--data=" + data,
                "--port=0",
                // Tests come from 127.0.0.1, and can come from here as if through a proxy.
                "--sandkeep.http.trusted-proxies=127.0.0.2",
                "--sandkeep.provider=memory",
                "--sandkeep.volumes.backend=memory",
                "--sandkeep.jobs.heartbeat=500ms",
                "--sandkeep.storage.reserve-mib=1",
                "--sandkeep.accounts.password-memory-mib=1",
                "--sandkeep.accounts.password-iterations=1",
                "--sandkeep.mail.host=127.0.0.1",
                "--sandkeep.mail.port=" + OutsideServers.mailPort(),
                "--sandkeep.mail.security=none",
                "--sandkeep.openid.issuer=" + OutsideServers.issuer(),
                "--sandkeep.openid.client-secret=secret",
                "--sandkeep.openid.admins=leads",
                "--sandkeep.openid.members=engineers, others",
                "--sandkeep.snapshots.retry-backoff=10ms",
                // The tests' own sweeps are enough, and at known moments.
                "--sandkeep.reconciler.interval=10m",
                "--sandkeep.sessions.watch-interval=10m",
                // A checkpoint in the background holds a sandbox still, in which a test may want to run
                // something.
                "--sandkeep.volumes.checkpoint-interval=0s",
                "--sandkeep.volumes.export-keys=new:" + key(1) + ",old:" + key(2),
                "--sandkeep.snapshots.prune-interval=30d",
                "--sandkeep.telemetry.otlp-endpoint="
                        + TelemetryReceiver.shared().endpoint(),
                "--sandkeep.telemetry.otlp-headers=" + TelemetryReceiver.HEADER,
                "--sandkeep.telemetry.metrics-interval=5s",
                "--sandkeep.database.url=" + databaseUrl));
        return Configuration.load(options, Map.of(), new Properties());
    }
}
