package dev.sandkeep.linux.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sandkeep.linux.files.Command;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A real registry server, Debian's {@code docker-registry}, on a port of this machine, with its storage in a directory of the test;
 * filled by {@code skopeo}.
 */
public final class LocalRegistry implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Process server;
    private final int port;
    private final Path storage;
    private final List<String> credentials;

    private LocalRegistry(Process server, int port, Path storage, List<String> credentials) {
        this.server = server;
        this.port = port;
        this.storage = storage;
        this.credentials = credentials;
    }

    /** Lets everybody in. */
    public static LocalRegistry open(Path directory) {
        return start(directory, "", List.of());
    }

    /**
     * Lets in who knows the password.
     *
     * @param line of an htpasswd file that says so, with bcrypt
     */
    public static LocalRegistry guarded(Path directory, String line, String user, String password) {
        try {
            Files.createDirectories(directory);
            Path users = Files.writeString(directory.resolve("htpasswd"), line + "\n");
            return start(
                    directory,
                    "auth:\n  htpasswd:\n    realm: test\n    path: " + users + "\n",
                    List.of("--dest-creds", user + ":" + password));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Lets in who brings a token of that server; what is pushed is pushed by {@code user}. */
    public static LocalRegistry tokens(Path directory, TokenServer server, String user, String password) {
        return start(
                directory,
                "auth:\n  token:\n    realm: " + server.realm() + "\n    service: " + TokenServer.SERVICE
                        + "\n    issuer: " + TokenServer.ISSUER + "\n    rootcertbundle: " + server.certificate()
                        + "\n",
                List.of("--dest-creds", user + ":" + password));
    }

    private static LocalRegistry start(Path directory, String auth, List<String> credentials) {
        for (String program : List.of("docker-registry", "skopeo")) {
            assumeTrue(Command.find(program).isPresent(), program + " is not installed");
        }
        try {
            Path storage = Files.createDirectories(directory.resolve("storage"));
            int port;
            try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
                port = free.getLocalPort();
            }
            Path config = Files.writeString(
                    directory.resolve("config.yml"),
                    "version: 0.1\nlog:\n  level: error\nstorage:\n  filesystem:\n    rootdirectory: " + storage
                            + "\nhttp:\n  addr: 127.0.0.1:" + port + "\n" + auth);
            Process server = new ProcessBuilder("docker-registry", "serve", config.toString())
                    .redirectErrorStream(true)
                    .redirectOutput(directory.resolve("log").toFile())
                    .start();
            LocalRegistry registry = new LocalRegistry(server, port, storage, credentials);
            await().atMost(PATIENCE).until(() -> registry.status("/v2/") > 0);
            return registry;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private int status(String path) {
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(
                            HttpRequest.newBuilder(URI.create("http://" + host() + path))
                                    .build(),
                            BodyHandlers.discarding())
                    .statusCode();
        } catch (IOException notYet) {
            return 0;
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** As references name it. */
    public String host() {
        return "127.0.0.1:" + port;
    }

    /** Pushes the image of a layout. */
    public void push(OciLayout layout, String repositoryAndTag, String... options) {
        List<String> command =
                new ArrayList<>(List.of("skopeo", "--insecure-policy", "copy", "--dest-tls-verify=false"));
        command.addAll(credentials);
        command.addAll(List.of(options));
        command.addAll(List.of("oci:" + layout.directory(), "docker://" + host() + "/" + repositoryAndTag));
        Command pushed = Command.run(command, Duration.ofMinutes(3));
        assertThat(pushed.succeeded()).as(pushed.output()).isTrue();
    }

    /** Puts a manifest as it stands, as no honest program would. */
    public String putManifest(String repository, String tag, String mediaType, String json) {
        try (HttpClient client = HttpClient.newHttpClient()) {
            var answer = client.send(
                    HttpRequest.newBuilder(URI.create("http://" + host() + "/v2/" + repository + "/manifests/" + tag))
                            .header("Content-Type", mediaType)
                            .PUT(HttpRequest.BodyPublishers.ofString(json))
                            .build(),
                    BodyHandlers.ofString());
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
            return answer.headers().firstValue("Docker-Content-Digest").orElseThrow();
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** Where the server keeps a blob. */
    public Path stored(String digest) {
        String hex = digest.substring("sha256:".length());
        return storage.resolve("docker/registry/v2/blobs/sha256/" + hex.substring(0, 2) + "/" + hex + "/data");
    }

    @Override
    public void close() {
        server.destroy();
        try {
            if (!server.waitFor(10, TimeUnit.SECONDS)) {
                server.destroyForcibly();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
