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

    @Test
    void whatever_breaks_all_that_is_durable_stays_and_nothing_is_left_behind() throws Exception {
        Path folder = SharedInstallation.newFolder("chaos");
        try {
            Path data = Files.createDirectory(
                    folder.resolve("data"),
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx--x--x")));
            SharedInstallation.copyBaseImage(data);
            run(folder);
        } finally {
            new Removal(folder).run();
        }
    }

    private static void run(Path folder) throws Exception {
        Installation sandkeep = new Installation(folder);
        ChaosServer server = new ChaosServer(sandkeep);
        server.start();
        ChaosRun run = new ChaosRun(sandkeep, server, SEED);
        long begin = System.nanoTime();
        try {
            sandkeep.succeed("settings", "set", "allowPersistentSandboxes=true");
            sandkeep.publish("chaos", TinyProfile.YAML);
            run.run(TIME);
            run.settle();
        } catch (Throwable failure) {
            Path log = Path.of("target", "chaos-" + SEED + ".log").toAbsolutePath();
            Files.copy(server.log(), log, StandardCopyOption.REPLACE_EXISTING);
            throw new AssertionError(
                    "seed " + SEED + ": " + failure.getMessage() + "\nserver log: " + log + "\n" + run.trace(),
                    failure);
        } finally {
            ObjectNode summary = run.summary(SEED, Duration.ofNanos(System.nanoTime() - begin));
            Files.writeString(Path.of("target", "chaos-" + SEED + ".json"), Json.pretty(summary));
            System.out.println(Json.pretty(summary));
        }
    }
}
