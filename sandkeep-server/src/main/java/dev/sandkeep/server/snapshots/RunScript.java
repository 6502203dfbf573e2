package dev.sandkeep.server.snapshots;

import dev.sandkeep.server.platform.errors.ProblemCode;
import dev.sandkeep.server.profiles.RuntimePlan;
import dev.sandkeep.spi.ExecSpec;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * Runs the plan's setup script, or its maintenance script: by {@code bash} with {@code set -eo pipefail}, or by what its own {@code #!} line names. It is put
 * into the compute as a file that is removed again, so that it sees no input and the snapshot does not hold it.
 */
final class RunScript {
    private static final Duration HELPERS = Duration.ofSeconds(60);
    private static final int NOT_FOUND = 127;
    private static final int KILLED = 137;
    private static final String PUT = "umask 077; cat > \"$1\" && chmod 700 \"$1\"";
    private static final String MKDIR = "mkdir -p -- \"$1\"";

    /** Runs the setup script. */
    void setup(Build build) throws InterruptedException {
        run(build, "setup", build.plan().setupScript());
    }

    /** Runs the maintenance script. */
    void maintenance(Build build) throws InterruptedException {
        run(build, "maintenance", build.plan().maintenanceScript());
    }

    private static void run(Build build, String name, String script) throws InterruptedException {
        RuntimePlan plan = build.plan();
        if (script.isBlank()) {
            build.log().system("The plan has no " + name + " script");
            return;
        }
        String file = "/tmp/.sandkeep-" + name + "-" + build.attempt().jobId();
        makeWorkingDirectory(build);
        put(build, file, script);
        build.log()
                .system("Running the " + name + " script in " + plan.workingDirectory() + ", at most "
                        + plan.setupTimeoutSeconds() + " s");
        OptionalInt exitCode = build.shell()
                .run(
                        new ExecSpec(command(script, file), Map.of(), plan.workingDirectory()),
                        "",
                        Duration.ofSeconds(plan.setupTimeoutSeconds()),
                        ProblemCode.SETUP_SCRIPT_FAILED);
        if (exitCode.isEmpty()) {
            throw StepFailed.forGood(
                    ProblemCode.SETUP_SCRIPT_TIMEOUT,
                    "The " + name + " script was still running after " + plan.setupTimeoutSeconds() + " s.");
        }
        if (exitCode.getAsInt() != 0) {
            throw StepFailed.command(
                    ProblemCode.SETUP_SCRIPT_FAILED, message(name, exitCode.getAsInt()), exitCode.getAsInt());
        }
        helper(build, List.of("rm", "-f", "--", file), "", "The script's file cannot be removed again.");
    }

    private static void makeWorkingDirectory(Build build) throws InterruptedException {
        String directory = build.plan().workingDirectory();
        helper(
                build,
                List.of("sh", "-c", MKDIR, "sandkeep-mkdir", directory),
                "",
                "The working directory " + directory + " cannot be made.");
    }

    private static void put(Build build, String file, String script) throws InterruptedException {
        helper(
                build,
                List.of("sh", "-c", PUT, "sandkeep-put", file),
                script,
                "The script cannot be put into the compute.");
    }

    private static void helper(Build build, List<String> command, String stdin, String complaint)
            throws InterruptedException {
        OptionalInt exitCode = build.shell()
                .run(new ExecSpec(command, Map.of(), "/"), stdin, HELPERS, ProblemCode.SETUP_SCRIPT_FAILED);
        if (exitCode.isEmpty() || exitCode.getAsInt() != 0) {
            throw StepFailed.command(ProblemCode.SETUP_SCRIPT_FAILED, complaint, exitCode.orElse(KILLED));
        }
    }

    private static List<String> command(String script, String file) {
        return script.startsWith("#!") ? List.of(file) : List.of("bash", "-eo", "pipefail", file);
    }

    private static String message(String name, int exitCode) {
        return switch (exitCode) {
            case NOT_FOUND ->
                "The " + name
                        + " script ended with exit code 127: a program was not found (bash itself, if there is no output).";
            case KILLED -> "The " + name + " script was killed (exit code 137), which is what the memory limit does.";
            default -> "The " + name + " script ended with exit code " + exitCode + ".";
        };
    }
}
