package dev.sandkeep.server.platform.boot;

import dev.sandkeep.server.platform.config.SandkeepProperties;
import dev.sandkeep.server.platform.data.DataDirectory;
import dev.sandkeep.server.platform.data.ServerInstance;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.time.Clock;
import java.time.Instant;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.web.server.context.WebServerInitializedEvent;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;

/** Tells others on this machine where the server listens: in {@code server.json}, from ready to stop. */
@Component
public final class RunningServer {
    private static final Logger LOG = LoggerFactory.getLogger(RunningServer.class);
    private static final String FILE = "server.json";

    private final DataDirectory data;
    private final ServerInstance instance;
    private final SandkeepProperties properties;
    private final Instant startedAt;
    private volatile String written = "";
    private volatile String url = "";

    RunningServer(DataDirectory data, ServerInstance instance, SandkeepProperties properties, Clock clock) {
        this.data = data;
        this.instance = instance;
        this.properties = properties;
        this.startedAt = clock.instant();
    }

    /** When this server started. */
    public Instant startedAt() {
        return startedAt;
    }

    /** Where people reach it: what is set, else where it listens; empty until it does. */
    public String address() {
        return properties.publicUrl().map(URI::toString).orElse(url);
    }

    @EventListener
    @Order(Ordered.HIGHEST_PRECEDENCE)
    void ready(WebServerInitializedEvent event) throws IOException {
        if (properties.training()) {
            return;
        }
        String host = properties.httpAddress().contains(":")
                ? "[" + properties.httpAddress() + "]"
                : properties.httpAddress();
        url = "http://" + host + ":" + event.getWebServer().getPort();
        written = "{\"url\":\"" + url + "\",\"pid\":" + instance.pid() + ",\"startedAt\":\"" + startedAt
                + "\",\"instance\":\"" + instance.id() + "\"}\n";
        data.writeSecret(FILE, written);
        LOG.info("event=server_ready url={} data={} instance={}", url, data.root(), instance.id());
    }

    @EventListener
    void stopping(ContextClosedEvent event) throws IOException {
        if (written.isEmpty()) {
            return;
        }
        LOG.info("event=server_stopping instance={}", instance.id());
        // Another server of the same data directory may have written its own since.
        if (data.readSecret(FILE).equals(Optional.of(written))) {
            Files.deleteIfExists(data.resolve(FILE));
        }
    }
}
