package dev.sandkeep.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/** The command line in a process of its own, as a shell starts it. */
final class CliProcess {
    private final Path folder;
    private final Map<String, String> environment = new TreeMap<>();

    /** What a finished process left. */
    record Ended(int exitCode, Path stdoutFile, String stdout, String stderr) {}

    /** A running process and the files that take its output. */
    record Running(Process process, Path stdout, Path stderr) {
        Ended await() throws IOException, InterruptedException {
            boolean ended = process.waitFor(60, TimeUnit.SECONDS);
            if (!ended) {
                process.destroyForcibly().waitFor();
            }
            Ended result = new Ended(
                    process.exitValue(),
                    stdout,
                    new String(Files.readAllBytes(stdout), UTF_8),
                    Files.readString(stderr));
            assertThat(ended)
                    .as("ends within a minute: %s %s", result.stdout(), result.stderr())
                    .isTrue();
            return result;
        }
    }

    /** Uses no server yet, and an empty data directory. */
    CliProcess(Path folder) {
        this.folder = folder;
        environment.put("SANDKEEP_DATA", folder.resolve("data").toString());
        environment.put("PATH", System.getenv("PATH"));
    }

    CliProcess using(FakeServer server) {
        return with("SANDKEEP_URL", server.url()).with("SANDKEEP_API_KEY", FakeServer.API_KEY);
    }

    CliProcess with(String variable, String value) {
        environment.put(variable, value);
        return this;
    }

    /** The command line that starts the program, for use inside a shell script. */
    static List<String> command(String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xmx64m",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.sandkeep.cli.Main"));
        command.addAll(List.of(arguments));
        return command;
    }

    Ended run(String... arguments) throws IOException, InterruptedException {
        return start(new File("/dev/null"), command(arguments)).await();
    }

    Ended runWithInput(Path input, String... arguments) throws IOException, InterruptedException {
        return start(input.toFile(), command(arguments)).await();
    }

    /** Runs a shell script in which {@code sandkeep} is the program. */
    Ended shell(String script) throws IOException, InterruptedException {
        Path program = folder.resolve("sandkeep.sh");
        Files.writeString(program, "exec '" + String.join("' '", command()) + "' \"$@\"\n");
        return start(
                        new File("/dev/null"),
                        List.of("bash", "-c", "sandkeep() { bash " + program + " \"$@\"; }\n" + script))
                .await();
    }

    Running start(String... arguments) throws IOException {
        return start(new File("/dev/null"), command(arguments));
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
}
