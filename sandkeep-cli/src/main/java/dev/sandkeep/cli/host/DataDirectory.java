package dev.sandkeep.cli.host;

import dev.sandkeep.cli.client.Failure;
import dev.sandkeep.cli.client.Json;
import java.io.IOException;
import java.net.URI;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * The files of a server's data directory that a client on the same machine may read.
 *
 * @param path e.g. {@code /var/lib/sandkeep}
 */
public record DataDirectory(Path path) {
    private static final Path DEFAULT = Path.of("/var/lib/sandkeep");

    /**
     * What a running server says about itself.
     *
     * @param url where it listens
     * @param pid its process
     * @param startedAt when it wrote this
     */
    public record RunningServer(URI url, long pid, Instant startedAt) {}

    /** The directory that {@code SANDKEEP_DATA} names, else {@code /var/lib/sandkeep}. */
    public static DataDirectory fromEnvironment(Map<String, String> environment) {
        String named = environment.getOrDefault("SANDKEEP_DATA", "");
        return new DataDirectory(named.isEmpty() ? DEFAULT : Path.of(named).toAbsolutePath());
    }

    /** Where the server's output goes when it runs in the background. */
    public Path serverLog() {
        return path.resolve("server.log");
    }

    /** The record of the running server; empty when there is none, or when it may not be read. */
    public Optional<RunningServer> server() {
        Path file = path.resolve("server.json");
        try {
            JsonNode json = Json.parse(Files.readString(file));
            return Optional.of(new RunningServer(
                    URI.create(json.path("url").asString()),
                    json.path("pid").asLong(),
                    Instant.parse(json.path("startedAt").asString())));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (AccessDeniedException e) {
            throw notReadable(file, e);
        } catch (IOException | JacksonException | IllegalArgumentException | java.time.DateTimeException e) {
            // Being written, or left half-written by a crash: the same as no server.
            return Optional.empty();
        }
    }

    /** The API key made at the first start; empty when there is none yet. */
    public Optional<String> apiKey() {
        Path file = path.resolve("api-key");
        try {
            return Optional.of(Files.readString(file).strip());
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw notReadable(file, e);
        }
    }

    /** The link that makes the first owner, while nobody can sign in; empty when somebody can, or when it may not be read. */
    public Optional<String> setUpLink() {
        try {
            return Optional.of(Files.readString(path.resolve("setup-link")).strip());
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private static Failure notReadable(Path file, IOException e) {
        return new Failure(
                "cannot read " + file + ": only its owner may",
                "run as the user who owns it, or set SANDKEEP_URL and SANDKEEP_API_KEY",
                e);
    }
}
