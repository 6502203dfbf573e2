package dev.sandkeep.cli;

import com.sun.net.httpserver.HttpServer;
import dev.sandkeep.cli.client.Json;
import dev.sandkeep.cli.terminal.Terminal;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/**
 * Uses what most commands use (options, HTTP, JSON, YAML, tables) and ends: what the launcher records an AOT cache from at
 * build time.
 */
public final class TrainingRun {
    private TrainingRun() {}

    /** Exits with 0 when the commands ran. */
    public static void main(String[] arguments) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            byte[] answer =
                    "{\"items\":[{\"id\":\"ses_1\",\"createdAt\":\"2026-01-01T00:00:00Z\"}],\"nextCursor\":null}"
                            .getBytes(StandardCharsets.UTF_8);
            try (exchange) {
                exchange.sendResponseHeaders(200, answer.length);
                exchange.getResponseBody().write(answer);
            }
        });
        server.start();
        try (PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream(), true, StandardCharsets.UTF_8)) {
            Terminal terminal = new Terminal(nowhere, nowhere, false, false, false);
            Map<String, String> environment = Map.of(
                    "SANDKEEP_URL", "http://127.0.0.1:" + server.getAddress().getPort(), "SANDKEEP_API_KEY", "skp_");
            for (List<String> command : List.of(
                    List.of("session", "list"),
                    List.of("session", "show", "ses_1", "--json"),
                    List.of("session", "nothing"),
                    List.of("--help"))) {
                String[] words = command.toArray(String[]::new);
                CommandTree.forArguments(terminal, environment, words).execute(words);
            }
            Json.yaml(Json.parseYaml("a: {b: 1}", "training"));
        } finally {
            server.stop(0);
        }
        System.exit(0);
    }
}
