package dev.sandkeep.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandkeep.cli.client.Route;
import dev.sandkeep.cli.client.SandkeepClient;
import dev.sandkeep.cli.client.Session;
import dev.sandkeep.cli.client.Sessions;
import dev.sandkeep.cli.host.DataDirectory;
import dev.sandkeep.cli.host.DataDirectory.RunningServer;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.awaitility.Awaitility;

/**
 * A data directory with its server, run by the real launcher, as an operator has them. Tests share one, because it takes half
 * a minute to install Debian; it is removed when the tests end, and by the next run when they were killed.
 */
final class Installation {
    /** Work of a server that died is taken over after six of these. */
    private static final String HEARTBEAT = "500ms";

    private static final Duration COMMAND = Duration.ofMinutes(5);
    private static final Path LAUNCHER =
            Path.of("..", "sandkeep").toAbsolutePath().normalize();

    private final Path folder;
    private final Map<String, String> environment = new TreeMap<>();

    /** What a finished command left. */
    record Ended(int exitCode, Path stdoutFile, String stdout, String stderr) {}

    /** A running command and the files that take its output. */
    record Running(Process process, Path stdout, Path stderr) {
        Ended await() throws IOException, InterruptedException {
            boolean ended = process.waitFor(COMMAND.toSeconds(), TimeUnit.SECONDS);
            if (!ended) {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly().waitFor();
            }
            Ended result = new Ended(
                    process.exitValue(),
                    stdout,
                    new String(Files.readAllBytes(stdout), StandardCharsets.UTF_8),
                    Files.readString(stderr));
            assertThat(ended)
                    .as("ends in time: %s %s", result.stdout(), result.stderr())
                    .isTrue();
            return result;
        }
    }

    /** An installation in {@code folder}, which must be empty or one's own. */
    Installation(Path folder) {
        this.folder = folder;
        environment.put("PATH", System.getenv("PATH"));
        environment.put("JAVA_HOME", System.getProperty("java.home"));
        environment.put("HOME", folder.toString());
        environment.put("SANDKEEP_DIST", System.getenv("SANDKEEP_DIST"));
        environment.put("SANDKEEP_DATA", data().path().toString());
        // An empty one, so that a configuration of this machine does not count.
        environment.put("SANDKEEP_CONFIG", file("application.yaml", "").toString());
        environment.put("SANDKEEP_HTTP_PORT", "0");
        environment.put("SANDKEEP_JOBS_HEARTBEAT", HEARTBEAT);
    }

    /** The one that tests share, with its server running. */
    static Installation shared() {
        return SharedInstallation.running();
    }

    DataDirectory data() {
        return new DataDirectory(folder.resolve("data"));
    }

    Path folder() {
        return folder;
    }

    /** Sets a variable for what is started from now on. */
    Installation with(String variable, String value) {
        environment.put(variable, value);
        return this;
    }

    /** The server's own record. */
    RunningServer server() {
        return data().server().orElseThrow(() -> new AssertionError("no server runs in " + data().path()));
    }

    SandkeepClient client() {
        return new SandkeepClient(server().url(), data().apiKey().orElseThrow());
    }

    /** The address of the database that the server runs, with its password. */
    String embeddedDatabase() {
        Properties connection = new Properties();
        try (var reader = Files.newBufferedReader(data().path().resolve("postgres/connection.properties"))) {
            connection.load(reader);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return "postgresql://sandkeep:" + connection.getProperty("password") + "@127.0.0.1:"
                + connection.getProperty("port") + "/sandkeep";
    }

    /** A connection to that database, past the server. */
    Connection connect() throws SQLException {
        URI database = URI.create(embeddedDatabase());
        return DriverManager.getConnection(
                "jdbc:postgresql://" + database.getAuthority().replaceFirst(".*@", "") + database.getPath(),
                "sandkeep",
                database.getUserInfo().replaceFirst("sandkeep:", ""));
    }

    /** Starts the server unless it runs, as a user does. */
    void startServer() throws IOException, InterruptedException {
        Ended started = sandkeep("server", "start");
        assertThat(started.exitCode()).as(started.stderr()).isZero();
    }

    /** What its programs are started with. */
    Map<String, String> environment() {
        return Map.copyOf(environment);
    }

    /** Ends the server as a crash does; PostgreSQL and sandboxes stay. */
    void killServer() {
        ProcessHandle process = ProcessHandle.of(server().pid()).orElseThrow();
        process.destroyForcibly();
        process.onExit().join();
    }

    /** Runs {@code ./sandkeep} with these words. */
    Ended sandkeep(String... words) throws IOException, InterruptedException {
        return start(new File("/dev/null"), words).await();
    }

    /** Runs {@code ./sandkeep}, and fails the test when it does. */
    String succeed(String... words) throws IOException, InterruptedException {
        Ended ended = sandkeep(words);
        assertThat(ended.exitCode())
                .as("%s: %s%s", String.join(" ", words), ended.stdout(), ended.stderr())
                .isZero();
        return ended.stdout();
    }

    /** Runs a shell script in which {@code sandkeep} is the launcher. */
    Ended shell(String script) throws IOException, InterruptedException {
        return start(
                        new File("/dev/null"),
                        List.of("bash", "-c", "sandkeep() { '" + LAUNCHER + "' \"$@\"; }\n" + script))
                .await();
    }

    Running start(File input, String... words) throws IOException {
        List<String> command = new ArrayList<>(List.of(LAUNCHER.toString()));
        command.addAll(List.of(words));
        return start(input, command);
    }

    private Running start(File input, List<String> program) throws IOException {
        // Who runs tests in the background hands on that SIGINT or SIGHUP is ignored, and a JVM keeps to that.
        List<String> command = new ArrayList<>(List.of("env", "--default-signal=INT,QUIT,HUP"));
        command.addAll(program);
        Path stdout = Files.createTempFile(folder, "stdout", "");
        Path stderr = Files.createTempFile(folder, "stderr", "");
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectInput(input)
                .redirectOutput(stdout.toFile())
                .redirectError(stderr.toFile());
        builder.environment().clear();
        builder.environment().putAll(environment);
        return new Running(builder.start(), stdout, stderr);
    }

    /** A file in the installation's folder. */
    Path file(String name, String content) {
        try {
            return Files.writeString(folder.resolve(name), content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A link that lets its first user in as an owner. */
    String setUpLink() throws IOException, InterruptedException {
        return succeed("server", "setup-link")
                .lines()
                .filter(line -> line.contains("/set-up/"))
                .findFirst()
                .map(String::strip)
                .orElseThrow();
    }

    /** A profile with a ready snapshot, made of YAML without {@code name}. */
    void publish(String name, String yaml) throws IOException, InterruptedException {
        succeed("profile", "create", name, "-f", file(name + ".yaml", yaml).toString());
        succeed("profile", "publish", name);
    }

    /** Deletes all sessions and asserts that nothing is left on the host that no row claims. */
    void deleteSessionsAndExpectNoLeaks() throws IOException, InterruptedException {
        deleteSessions();
        await("no leaks", () -> leaks().isEmpty());
    }

    /** What {@code doctor --leaks} would list. */
    List<String> leaks() {
        try (SandkeepClient client = client()) {
            List<String> found = new ArrayList<>();
            client.get(Route.of("system", "leaks")).path("leaks").forEach(leak -> found.add(leak.toString()));
            return found;
        }
    }

    void deleteSessions() {
        try (SandkeepClient client = client()) {
            Sessions sessions = new Sessions(client);
            client.list(Route.of("sessions")).forEach(session -> sessions.delete(new Session(session).id()));
        }
    }

    static void await(String what, BooleanSupplier condition) {
        await(what, Duration.ofSeconds(90), condition);
    }

    static void await(String what, Duration patience, BooleanSupplier condition) {
        Awaitility.await(what)
                .atMost(patience)
                .pollInterval(Duration.ofMillis(100))
                .until(condition::getAsBoolean);
    }
}
