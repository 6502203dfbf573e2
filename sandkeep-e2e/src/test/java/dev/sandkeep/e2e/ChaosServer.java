package dev.sandkeep.e2e;

import dev.sandkeep.e2e.chaos.ChaosBackendFactory;
import dev.sandkeep.e2e.chaos.ChaosProviderFactory;
import dev.sandkeep.e2e.chaos.JumpingClock;
import dev.sandkeep.e2e.chaos.PlannedFaults;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** The real server, with {@link dev.sandkeep.e2e.chaos} beside it on its class path; it is killed and started again. */
final class ChaosServer {
    /** How long the volume of a deleted session is kept. */
    static final Duration DELETE_GRACE = Duration.ofMinutes(30);

    private static final Set<String> VERBS =
            Set.of("create", "delete", "exec", "kill", "pause", "resume", "run", "start", "state");

    private final Installation installation;
    private final Path faults;
    private final JumpingClock clock;
    private @Nullable Process process;

    ChaosServer(Installation installation) throws IOException {
        this.installation = installation
                .with("SANDKEEP_PROVIDER", ChaosProviderFactory.NAME)
                .with("SANDKEEP_VOLUMES_BACKEND", ChaosBackendFactory.NAME)
                .with("SANDKEEP_RECONCILER_INTERVAL", "1s")
                .with("SANDKEEP_RECONCILER_UNOWNED_GRACE", "2s")
                .with("SANDKEEP_SESSIONS_LEASE", "3s")
                .with("SANDKEEP_SESSIONS_WATCH_INTERVAL", "500ms")
                .with("SANDKEEP_STORAGE_RESERVE_MIB", "100")
                .with("SANDKEEP_VOLUMES_KEEP_CHECKPOINTS", "3")
                .with("SANDKEEP_VOLUMES_KEEP_HOURLY", "1")
                .with("SANDKEEP_VOLUMES_KEEP_DAILY", "1")
                .with("SANDKEEP_VOLUMES_DELETE_GRACE", DELETE_GRACE.toMinutes() + "m");
        this.faults = Files.createDirectory(installation.folder().resolve("faults"));
        this.clock = new JumpingClock(Clock.systemUTC(), installation.folder().resolve("clock"));
    }

    PlannedFaults faults() {
        return new PlannedFaults(faults);
    }

    /** The server's clock, which jumps. */
    JumpingClock clock() {
        return clock;
    }

    /** Starts it, and waits until it answers. */
    void start() throws IOException {
        ProcessBuilder builder = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin/java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow",
                        "-Xmx512m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-Djdk.virtualThreadScheduler.parallelism=16",
                        "-D" + PlannedFaults.PROPERTY + "=" + faults,
                        "-D" + JumpingClock.PROPERTY + "="
                                + installation.folder().resolve("clock"),
                        "-cp",
                        serverJar() + ":" + ownClasses(),
                        "dev.sandkeep.server.SandkeepServer")
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()));
        builder.environment().clear();
        builder.environment().putAll(installation.environment());
        Process started = builder.start();
        process = started;
        Installation.await("the server answers", () -> {
            if (!started.isAlive()) {
                throw new AssertionError("the server ended while it started; see " + log());
            }
            return installation
                    .data()
                    .server()
                    .filter(server -> server.pid() == started.pid())
                    .isPresent();
        });
    }

    Path log() {
        return installation.folder().resolve("chaos-server.log");
    }

    /** Ends it as a crash does; PostgreSQL and sandboxes stay. */
    void kill() {
        Process running = process;
        if (running != null) {
            running.destroyForcibly();
            running.onExit().join();
        }
    }

    /**
     * Kills the next OCI runtime that the server is seen to run: to start, end or look at a container, or to run a command there.
     *
     * @param patience how long one is waited for
     * @param over whether waiting has no point any more
     * @return what the runtime was to do
     */
    Optional<String> killRuntime(Duration patience, BooleanSupplier over) throws InterruptedException {
        Process running = process;
        long until = System.nanoTime() + patience.toNanos();
        while (running != null && System.nanoTime() < until && !over.getAsBoolean()) {
            for (long child : children(running.pid())) {
                Optional<String> verb = runtimeVerb(child);
                if (verb.isPresent()
                        && ProcessHandle.of(child)
                                .filter(ProcessHandle::destroyForcibly)
                                .isPresent()) {
                    return verb;
                }
            }
            // It lives for some milliseconds only.
            Thread.sleep(1);
        }
        return Optional.empty();
    }

    /** Looks at the process's own list, because to go through all processes takes longer than a runtime lives. */
    private static List<Long> children(long pid) {
        List<Long> found = new ArrayList<>();
        try (DirectoryStream<Path> threads = Files.newDirectoryStream(Path.of("/proc", Long.toString(pid), "task"))) {
            for (Path thread : threads) {
                for (String child : read(thread.resolve("children")).split(" ", -1)) {
                    if (!child.isBlank()) {
                        found.add(Long.parseLong(child.strip()));
                    }
                }
            }
        } catch (IOException | DirectoryIteratorException ended) {
            return found;
        }
        return found;
    }

    private static Optional<String> runtimeVerb(long pid) {
        List<String> words =
                List.of(read(Path.of("/proc", Long.toString(pid), "cmdline")).split("\0", -1));
        return words.getFirst().endsWith("crun") || words.getFirst().endsWith("runc")
                ? words.stream().filter(VERBS::contains).findFirst()
                : Optional.empty();
    }

    private static String read(Path file) {
        try {
            return Files.readString(file, StandardCharsets.ISO_8859_1);
        } catch (IOException gone) {
            return "";
        }
    }

    private static String serverJar() throws IOException {
        Path parts = Path.of(System.getenv("SANDKEEP_DIST"), "lib", "server");
        try (DirectoryStream<Path> jars = Files.newDirectoryStream(parts, "sandkeep-server-*.jar")) {
            return jars.iterator().next().toString();
        }
    }

    /** Only what the server may see of this module. */
    private static String ownClasses() {
        return String.join(
                ":", List.of(Path.of("target", "test-classes").toAbsolutePath().toString()));
    }
}
