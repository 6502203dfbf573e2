package dev.sandkeep.server;

import dev.sandkeep.server.platform.config.Configuration;
import dev.sandkeep.server.platform.config.SandkeepProperties;
import dev.sandkeep.server.platform.database.Migrations;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * Starts the server without a database, a data directory or a provider, asks it something, and ends: what the launcher records
 * an AOT cache from at build time.
 */
public final class TrainingRun {
    private TrainingRun() {}

    /** Exits with 0 when the server came up. */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        System.setProperty(SandkeepProperties.TRAINING, "true");
        Migrations.rehearse();
        try (ConfigurableApplicationContext server =
                        SandkeepServer.start(Configuration.load(List.of(), Map.of(), new Properties()));
                HttpClient client = HttpClient.newHttpClient()) {
            String base = "http://127.0.0.1:" + server.getEnvironment().getProperty("local.server.port") + "/api/v1";
            for (String path : List.of("/health", "/organization", "/openapi.json")) {
                client.send(
                        HttpRequest.newBuilder(URI.create(base + path)).build(),
                        HttpResponse.BodyHandlers.discarding());
            }
        }
        System.exit(0);
    }
}
