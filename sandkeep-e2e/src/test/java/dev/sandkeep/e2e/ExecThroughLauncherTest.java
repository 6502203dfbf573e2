package dev.sandkeep.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@NeedsSandboxHost
class ExecThroughLauncherTest {
    private static Installation sandkeep;

    @BeforeAll
    static void start() throws Exception {
        sandkeep = Installation.shared();
        sandkeep.publish("exec", """
                baseImage: {debian: bookworm}
                environment: {GREETING: from the profile}
                workingDirectory: /srv
                """);
        sandkeep.succeed("session", "start", "exec", "--name", "exec");
    }

    @AfterAll
    static void cleanUp() throws Exception {
        sandkeep.deleteSessionsAndExpectNoLeaks();
    }

    @Test
    void streams_stay_apart_and_the_exit_code_passes() throws Exception {
        var ended = sandkeep.sandkeep("session", "exec", "exec", "--", "sh", "-c", "echo out; echo err >&2; exit 41");

        assertThat(ended.exitCode()).isEqualTo(41);
        assertThat(ended.stdout()).isEqualTo("out\n");
        assertThat(ended.stderr()).isEqualTo("err\n");
    }

    @Test
    void the_profiles_environment_is_there_and_can_be_added_to() throws Exception {
        assertThat(sandkeep.succeed(
                        "session",
                        "exec",
                        "-e",
                        "MORE=and mine",
                        "-w",
                        "/usr",
                        "exec",
                        "--",
                        "sh",
                        "-c",
                        "echo $GREETING $MORE; pwd; id -u; whoami"))
                .isEqualTo("from the profile and mine\n/usr\n0\nroot\n");
    }

    @Test
    void input_and_output_pass_byte_for_byte() throws Exception {
        byte[] bytes = new byte[20_000_000];
        new Random(11).nextBytes(bytes);
        Path input = Files.write(sandkeep.folder().resolve("input"), bytes);

        var ended = sandkeep.start(input.toFile(), "session", "exec", "exec", "--", "cat")
                .await();

        assertThat(ended.exitCode()).isZero();
        assertThat(ended.stdoutFile()).hasSameBinaryContentAs(input);
    }

    @Test
    void a_tree_of_files_goes_in_and_out_through_pipes() throws Exception {
        var ended = sandkeep.shell("set -e -o pipefail; cd '" + sandkeep.folder() + "'; mkdir tree copy;"
                + " for i in $(seq 200); do echo $i > tree/$i; done; ln -s 1 tree/link;"
                + " tar c tree | sandkeep session exec exec -- tar x -C /srv;"
                + " sandkeep session exec -n exec -- tar c -C /srv tree | tar x -C copy;"
                + " diff -r tree copy/tree && echo equal");

        assertThat(ended.stdout()).as(ended.stderr()).isEqualTo("equal\n");
    }

    @Test
    void a_reader_that_goes_away_ends_the_command_in_the_sandbox() throws Exception {
        var ended = sandkeep.shell("sandkeep session exec exec -- yes reader-went-away | head -n 1");
        assertThat(ended.stdout()).isEqualTo("reader-went-away\n");

        Installation.await("the command has ended", () -> !running("reader-went-away"));
    }

    @ParameterizedTest
    @CsvSource({"INT, 2", "TERM, 15", "HUP, 1"})
    void signals_reach_the_command(String signal, int number) throws Exception {
        var running = sandkeep.start(
                new File("/dev/null"),
                "session",
                "exec",
                "exec",
                "--",
                "bash",
                "-c",
                "trap 'echo caught; exit " + (128 + number) + "' " + signal
                        + "; echo ready; while :; do sleep 0.05; done");
        Installation.await("ready", () -> content(running.stdout()).contains("ready"));

        new ProcessBuilder("kill", "-" + signal, Long.toString(running.process().pid()))
                .start()
                .waitFor();

        var ended = running.await();
        assertThat(ended.stdout()).isEqualTo("ready\ncaught\n");
        assertThat(ended.exitCode()).isEqualTo(128 + number);
    }

    @Test
    void a_command_that_a_signal_ends_reports_it_as_a_shell_does() throws Exception {
        assertThat(sandkeep.sandkeep("session", "exec", "exec", "--", "sh", "-c", "kill -KILL $$")
                        .exitCode())
                .isEqualTo(137);
    }

    @Test
    void a_program_that_is_not_there_and_a_session_that_is_not_there_are_told_apart() throws Exception {
        var program = sandkeep.sandkeep("session", "exec", "exec", "--", "/no/such/program");
        assertThat(program.exitCode()).isNotZero();
        assertThat(program.stderr()).contains("/no/such/program");

        var session = sandkeep.sandkeep("session", "exec", "nobody", "--", "true");
        assertThat(session.exitCode()).isEqualTo(1);
        assertThat(session.stderr()).contains("nobody");
    }

    @Test
    void many_commands_run_at_once() throws Exception {
        var ended = sandkeep.shell("for i in $(seq 4); do"
                + " sandkeep session exec -n exec -- sh -c \"sleep 0.2; echo $i\" & done; wait");

        assertThat(ended.stdout().lines().sorted()).containsExactly("1", "2", "3", "4");
    }

    private static boolean running(String argument) {
        try {
            // The pattern does not match the shell that holds it.
            String pattern = "[" + argument.charAt(0) + "]" + argument.substring(1);
            return sandkeep.sandkeep(
                                    "session",
                                    "exec",
                                    "-n",
                                    "exec",
                                    "--",
                                    "sh",
                                    "-c",
                                    "grep -lz '" + pattern + "' /proc/[0-9]*/cmdline 2>/dev/null")
                            .exitCode()
                    == 0;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static String content(Path file) {
        try {
            return Files.readString(file);
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
