package dev.sandkeep.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExecTest {
    @TempDir
    Path folder;

    private FakeServer server;
    private CliProcess cli;

    @BeforeEach
    void start() throws IOException {
        server = new FakeServer().onExec("work");
        cli = new CliProcess(folder).using(server);
    }

    @AfterEach
    void stop() throws IOException {
        server.close();
    }

    @Test
    void output_and_errors_stay_apart_and_the_exit_code_is_the_commands() throws Exception {
        var ended = cli.run("session", "exec", "work", "--", "sh", "-c", "echo to-out; echo to-err >&2; exit 37");

        assertThat(ended.stdout()).isEqualTo("to-out\n");
        assertThat(ended.stderr()).isEqualTo("to-err\n");
        assertThat(ended.exitCode()).isEqualTo(37);
    }

    @Test
    void dashes_after_the_session_belong_to_the_command() throws Exception {
        assertThat(cli.run("session", "exec", "work", "printf", "%s|", "-n", "--", "--json", "-x")
                        .stdout())
                .isEqualTo("-n|--|--json|-x|");
        assertThat(cli.run("session", "exec", "work", "--", "printf", "%s|", "--", "@file")
                        .stdout())
                .isEqualTo("--|@file|");
    }

    @Test
    void variables_and_the_working_directory_reach_the_command() throws Exception {
        var ended = cli.run(
                "session",
                "exec",
                "-e",
                "GREETING=a=b c",
                "--workdir",
                "/usr",
                "work",
                "--",
                "sh",
                "-c",
                "echo $GREETING; pwd");

        assertThat(ended.stdout()).isEqualTo("a=b c\n/usr\n");
    }

    @Test
    void input_and_output_pass_byte_for_byte() throws Exception {
        byte[] bytes = new byte[5_000_000];
        new Random(7).nextBytes(bytes);
        Path input = Files.write(folder.resolve("input"), bytes);

        var ended = cli.runWithInput(input, "session", "exec", "work", "--", "cat");

        assertThat(ended.exitCode()).isZero();
        assertThat(ended.stdoutFile()).hasSameBinaryContentAs(input);
    }

    @Test
    void a_large_stream_passes_through_a_pipe_in_little_memory() throws Exception {
        long size = 300L << 20; // the process has 64 MiB
        var ended = cli.shell("head -c " + size + " /dev/zero | sandkeep session exec work -- cat | sha256sum");

        MessageDigest zeros = MessageDigest.getInstance("SHA-256");
        byte[] block = new byte[1 << 20];
        for (long done = 0; done < size; done += block.length) {
            zeros.update(block);
        }
        assertThat(ended.stdout()).startsWith(HexFormat.of().formatHex(zeros.digest()));
    }

    @Test
    void a_reader_that_goes_away_ends_the_command_quietly() throws Exception {
        var ended = cli.shell("sandkeep session exec work -- yes | head -n 2; echo ${PIPESTATUS[0]}");

        assertThat(ended.stdout()).isEqualTo("y\ny\n141\n");
        assertThat(ended.stderr()).isEmpty();
    }

    @Test
    void a_command_that_reads_no_input_ends_although_the_input_goes_on() throws Exception {
        var ended = cli.shell("sleep 30 | sandkeep session exec work -- echo done & wait $!; echo $?; kill %1");

        assertThat(ended.stdout()).isEqualTo("done\n0\n");
    }

    @Test
    void a_shell_loop_keeps_its_own_input() throws Exception {
        var ended = cli.shell("printf 'one\\ntwo\\n' | while read -r line; do"
                + " sandkeep session exec --no-stdin work -- echo got $line; done");

        assertThat(ended.stdout()).isEqualTo("got one\ngot two\n");
    }

    @ParameterizedTest
    @CsvSource({"INT, 2", "TERM, 15", "HUP, 1"})
    void signals_are_passed_on(String signal, int number) throws Exception {
        var running = cli.start(
                "session",
                "exec",
                "work",
                "--",
                "bash",
                "-c",
                "trap 'echo caught; exit $((128 + " + number + "))' " + signal
                        + "; echo ready; while :; do sleep 0.05; done");
        await().atMost(Duration.ofSeconds(20))
                .until(() -> Files.readString(running.stdout()).contains("ready"));

        new ProcessBuilder("kill", "-" + signal, Long.toString(running.process().pid()))
                .start()
                .waitFor();

        var ended = running.await();
        assertThat(ended.stdout()).isEqualTo("ready\ncaught\n");
        assertThat(ended.exitCode()).isEqualTo(128 + number);
    }

    @Test
    void insisting_breaks_off_a_command_that_ignores_signals() throws Exception {
        var running = cli.start(
                "session", "exec", "work", "--", "bash", "-c", "trap '' INT; echo ready; while :; do sleep 0.05; done");
        await().atMost(Duration.ofSeconds(20))
                .until(() -> Files.readString(running.stdout()).contains("ready"));

        for (int i = 0; i < 3; i++) {
            new ProcessBuilder("kill", "-INT", Long.toString(running.process().pid()))
                    .start()
                    .waitFor();
            Thread.sleep(100); // equal signals that are pending together arrive once
        }

        assertThat(running.await().exitCode()).isEqualTo(130);
    }

    @Test
    void a_command_that_is_not_there_is_explained() throws Exception {
        var ended = cli.run("session", "exec", "work", "--", "/no/such/program");

        assertThat(ended.exitCode()).isEqualTo(1);
        assertThat(ended.stderr()).contains("no such command", "command_not_found");
    }

    @Test
    void a_session_that_is_not_there_is_explained() throws Exception {
        var ended = cli.run("session", "exec", "nobody", "--", "true");

        assertThat(ended.exitCode()).isEqualTo(1);
        assertThat(ended.stderr()).contains("there is no /api/v1/sessions/nobody");
    }

    @Test
    void a_missing_command_is_wrong_usage() throws Exception {
        assertThat(cli.run("session", "exec", "work").exitCode()).isEqualTo(2);
        assertThat(cli.run("session", "exec", "work", "-n", "--", "ls").stderr())
                .contains("options stand before the session");
    }

    @Test
    void for_programs_the_whole_result_is_one_document() throws Exception {
        server.on("POST", "/api/v1/sessions/work/exec", 200, "{\"exitCode\": 3, \"stdout\": \"x\", \"stderr\": \"\"}");

        var ended = cli.run("session", "exec", "--json", "work", "--", "false");

        assertThat(ended.exitCode()).isEqualTo(3);
        assertThat(ended.stdout()).contains("\"stdout\" : \"x\"");
    }
}
