package dev.sandkeep.e2e;

import dev.sandkeep.cli.client.Json;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.ObjectNode;

/**
 * A random run with faults, checked against a model: {@code ./sandkeep test --chaos}. The seed and the time are the system properties
 * {@code sandkeep.chaos.seed} and {@code sandkeep.chaos.seconds}. Among all tests it is short, for those to end within 20 minutes.
 */
@NeedsSandboxHost
class ChaosTest {
    private static final long SEED = Long.getLong("sandkeep.chaos.seed", 20_260_101L);
    private static final Duration TIME = Duration.ofSeconds(Long.getLong("sandkeep.chaos.seconds", 30L));

    /** Small enough to be filled at once, with room for the base image, the database and what is written. */
    private static final String DISK = "4G";

    @Test
    void whatever_breaks_all_that_is_durable_stays_and_nothing_is_left_behind() throws Exception {
        Path folder = SharedInstallation.newFolder("chaos");
        try {
            Path data = Files.createDirectory(folder.resolve("data"));
            mountDisk(folder.resolve("disk.img"), data);
            SharedInstallation.copyBaseImage(data);
            run(folder);
        } finally {
            new Removal(folder).run();
        }
    }

    private static void mountDisk(Path image, Path data) throws Exception {
        HostCommand.run("truncate", "--size=" + DISK, image.toString());
        HostCommand.run("mkfs.ext4", "-q", "-F", "-m", "0", image.toString());
        HostCommand.run("mount", "-o", "loop", image.toString(), data.toString());
        HostCommand.run("rmdir", data.resolve("lost+found").toString());
        Files.setPosixFilePermissions(data, PosixFilePermissions.fromString("rwx--x--x"));
    }

    private static void run(Path folder) throws Exception {
        Installation sandkeep = new Installation(folder);
        ChaosServer server = new ChaosServer(sandkeep);
        ChaosModel model = new ChaosModel();
        ChaosCounts counts = new ChaosCounts();
        ChaosOperations operations = new ChaosOperations(sandkeep, server.clock(), model);
        ChaosFaults faults = new ChaosFaults(sandkeep, server, counts);
        server.start();
        long begin = System.nanoTime();
        try {
            sandkeep.succeed("settings", "set", "allowPersistentSandboxes=true");
            sandkeep.publish("long", TinyProfile.YAML + """
                    lifecycle: {maxLifetimeSeconds: 7200, onExpiry: stop, idleTimeoutSeconds: 1800}
                    """);
            sandkeep.publish("short", TinyProfile.YAML + """
                    lifecycle: {maxLifetimeSeconds: 60, onExpiry: replace, checkpointIntervalSeconds: 5}
                    """);
            new ChaosRun(operations, faults, model, counts, SEED).run(TIME);
            new ChaosEnd(sandkeep, server, operations, model, counts).expect();
        } catch (Throwable failure) {
            Path log = Path.of("target", "chaos-" + SEED + ".log").toAbsolutePath();
            Files.copy(server.log(), log, StandardCopyOption.REPLACE_EXISTING);
            throw new AssertionError(
                    "seed " + SEED + ": " + failure.getMessage() + "\nserver log: " + log + "\n" + counts.trace(),
                    failure);
        } finally {
            ObjectNode summary = counts.json()
                    .put("seed", SEED)
                    .put("seconds", TIME.toSeconds())
                    .put(
                            "secondsWithSettling",
                            Duration.ofNanos(System.nanoTime() - begin).toSeconds())
                    .put("sessions", model.all().size());
            Files.writeString(Path.of("target", "chaos-" + SEED + ".json"), Json.pretty(summary));
            System.out.println(Json.pretty(summary));
        }
    }
}
