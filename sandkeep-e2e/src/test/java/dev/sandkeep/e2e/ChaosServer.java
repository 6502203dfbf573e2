package dev.sandkeep.e2e;

import dev.sandkeep.e2e.chaos.ChaosBackendFactory;
import dev.sandkeep.e2e.chaos.ChaosProviderFactory;
import dev.sandkeep.e2e.chaos.PlannedFaults;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The real server, with {@link dev.sandkeep.e2e.chaos} beside it on its class path; it is killed and started again. */
final class ChaosServer {
    private final Installation installation;
    private final Path faults;
    private @Nullable Process process;

    ChaosServer(Installation installation) throws IOException {
        this.installation = installation
                .with("SANDKEEP_PROVIDER", ChaosProviderFactory.NAME)
                .with("SANDKEEP_VOLUMES_BACKEND", ChaosBackendFactory.NAME)
                .with("SANDKEEP_RECONCILER_INTERVAL", "1s")
                .with("SANDKEEP_RECONCILER_UNOWNED_GRACE", "2s")
                .with("SANDKEEP_SESSIONS_LEASE", "3s");
        this.faults = Files.createDirectory(installation.folder().resolve("faults"));
    }

    PlannedFaults faults() {
        return new PlannedFaults(faults);
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

    /** Kills a program that the server runs at this moment to start, end or look at a container. */
    Optional<String> killRuntime() {
        Process running = process;
        if (running == null) {
            return Optional.empty();
        }
        return running.toHandle()
                .descendants()
                .filter(it -> it.info().command().filter(ChaosServer::isRuntime).isPresent())
                .findFirst()
                .filter(ProcessHandle::destroyForcibly)
                .map(it -> it.info().command().orElse("runtime"));
    }

    private static boolean isRuntime(String command) {
        return command.endsWith("/crun") || command.endsWith("/runc") || command.contains("memfd:");
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
