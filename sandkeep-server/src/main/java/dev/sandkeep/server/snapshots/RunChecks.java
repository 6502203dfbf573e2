package dev.sandkeep.server.snapshots;

import dev.sandkeep.server.platform.errors.ProblemCode;
import dev.sandkeep.spi.ExecSpec;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/** Runs the plan's checks, one after the other; the first that does not exit with 0 fails the build. */
final class RunChecks {
    private static final Duration TIMEOUT = Duration.ofMinutes(5);

    void run(Build build) throws InterruptedException {
        List<String> checks = build.plan().checks();
        if (checks.isEmpty()) {
            build.log().system("The plan has no checks");
        }
        for (String check : checks) {
            build.log().system("Check: " + check);
            OptionalInt exitCode = build.shell()
                    .run(
                            new ExecSpec(
                                    List.of("sh", "-c", check),
                                    Map.of(),
                                    build.plan().workingDirectory()),
                            "",
                            TIMEOUT,
                            ProblemCode.CHECK_FAILED);
            if (exitCode.isEmpty()) {
                throw StepFailed.forGood(
                        ProblemCode.CHECK_FAILED,
                        "The check '" + check + "' was still running after " + TIMEOUT.toMinutes() + " minutes.");
            }
            if (exitCode.getAsInt() != 0) {
                throw StepFailed.command(
                        ProblemCode.CHECK_FAILED,
                        "The check '" + check + "' ended with exit code " + exitCode.getAsInt() + ".",
                        exitCode.getAsInt());
            }
        }
    }
}
