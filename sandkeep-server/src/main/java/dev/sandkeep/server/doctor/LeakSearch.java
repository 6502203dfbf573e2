package dev.sandkeep.server.doctor;

import dev.sandkeep.server.platform.config.SandkeepProperties;
import dev.sandkeep.spi.SandboxProviderFactory;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Looks for what belongs to nothing: a running server compares what stands on the host with its rows; and whatever stands there
 * from installations that no longer exist, the providers themselves know.
 */
final class LeakSearch {
    private static final int CONNECT_MILLIS = 3_000;
    private static final int READ_MILLIS = 120_000;

    private final SandkeepProperties properties;

    LeakSearch(SandkeepProperties properties) {
        this.properties = properties;
    }

    /**
     * Something left behind.
     *
     * @param owner what it was made for; empty when unknown
     * @param reason why it belongs to nothing
     * @param action what the server will do, or a person has to
     */
    record Leak(String kind, String name, String owner, String reason, String action) {}

    /**
     * What was found.
     *
     * @param server what was learned from the server, in one sentence
     * @param answered whether a server took part
     */
    record Result(List<Leak> leaks, boolean answered, String server) {
        Result {
            leaks = List.copyOf(leaks);
        }
    }

    Result search() {
        List<Leak> leaks = new ArrayList<>(orphans());
        Optional<RunningServerFile> running = RunningServerFile.read(properties.data());
        if (running.isEmpty()) {
            return new Result(
                    leaks,
                    false,
                    "No server runs on " + properties.data()
                            + ": only what installations left that no longer exist was looked for.");
        }
        URI url = running.get().url().resolve("/api/v1/system/leaks");
        try {
            leaks.addAll(ask(url));
            return new Result(
                    leaks, true, "The server at " + running.get().url() + " compared its rows with this host.");
        } catch (IOException e) {
            leaks.add(new Leak("SERVER", url.toString(), "", "the server did not answer: " + e.getMessage(), ""));
            return new Result(leaks, false, "The server at " + running.get().url() + " did not answer.");
        }
    }

    private static List<Leak> orphans() {
        return ServiceLoader.load(SandboxProviderFactory.class).stream()
                .map(ServiceLoader.Provider::get)
                .flatMap(factory -> factory.orphans().stream())
                .map(resource -> new Leak(
                        resource.kind().name(),
                        resource.name(),
                        resource.owner().orElse(""),
                        "its installation no longer exists",
                        "remove it by hand"))
                .toList();
    }

    private List<Leak> ask(URI url) throws IOException {
        Path keyFile = properties.data().resolve("api-key");
        HttpURLConnection connection = (HttpURLConnection) url.toURL().openConnection();
        connection.setConnectTimeout(CONNECT_MILLIS);
        connection.setReadTimeout(READ_MILLIS);
        connection.setRequestProperty(
                "Authorization", "Bearer " + Files.readString(keyFile).strip());
        if (connection.getResponseCode() != HttpURLConnection.HTTP_OK) {
            throw new IOException("HTTP status " + connection.getResponseCode());
        }
        try (InputStream body = connection.getInputStream()) {
            List<Leak> leaks = new ArrayList<>();
            for (JsonNode leak : JsonMapper.builder().build().readTree(body).path("leaks")) {
                leaks.add(new Leak(
                        leak.path("kind").asString(""),
                        leak.path("name").asString(""),
                        leak.path("owner").asString(""),
                        leak.path("reason").asString(""),
                        (leak.path("remedy").asString("").equals("person") ? "needs a person: " : "by itself: ")
                                + leak.path("action").asString("")));
            }
            return leaks;
        } finally {
            connection.disconnect();
        }
    }
}
