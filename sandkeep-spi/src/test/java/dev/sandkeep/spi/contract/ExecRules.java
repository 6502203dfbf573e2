package dev.sandkeep.spi.contract;

import static dev.sandkeep.spi.contract.ProviderFixture.PATIENCE;
import static dev.sandkeep.spi.contract.ProviderFixture.atOnce;
import static dev.sandkeep.spi.contract.ProviderFixture.awaitLine;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandkeep.spi.ComputeId;
import dev.sandkeep.spi.ExecOutcome;
import dev.sandkeep.spi.ExecProcess;
import dev.sandkeep.spi.ExecSpec;
import dev.sandkeep.spi.contract.ProviderFixture.Ran;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Commands in a running compute. */
interface ExecRules extends ProviderRules {
    @Test
    default void both_outputs_come_apart() {
        Ran ran = host().run(host().started(), "sh", "-c", "echo to-out; echo to-err >&2; echo more");

        assertThat(ran).isEqualTo(new Ran(0, "to-out\nmore\n", "to-err\n"));
    }

    @Test
    default void the_exit_code_is_the_commands_own() {
        ComputeId id = host().started();

        for (int code : new int[] {0, 1, 2, 77, 125, 126, 127, 200, 255}) {
            assertThat(host().run(id, "sh", "-c", "exit " + code).exitCode()).isEqualTo(code);
        }
    }

    @Test
    default void a_signals_end_is_128_and_its_number() {
        ComputeId id = host().started();

        assertThat(host().run(id, "sh", "-c", "kill -KILL $$").exitCode()).isEqualTo(137);
        assertThat(host().run(id, "sh", "-c", "kill -TERM $$").exitCode()).isEqualTo(143);
        assertThat(host().run(id, "perl", "-e", "kill 'HUP', $$; sleep 60").exitCode())
                .isEqualTo(129);
    }

    @Test
    default void a_program_that_is_not_there_is_127_and_one_that_cannot_run_is_126() {
        ComputeId id = host().started();

        assertThat(host().run(id, "no-such-program").exitCode()).isEqualTo(127);
        assertThat(host().run(id, "/no/such/program").exitCode()).isEqualTo(127);
        assertThat(host().run(id, "/etc/passwd").exitCode()).isEqualTo(126);
        assertThat(host().run(id, "/etc").exitCode()).isEqualTo(126);
    }

    @Test
    default void a_working_directory_that_is_not_there_is_126_and_is_not_made() {
        ComputeId id = host().started();

        assertThat(host().run(id, new ExecSpec(List.of("true"), Map.of(), "/no/such"), new byte[0])
                        .exitCode())
                .isEqualTo(126);
        assertThat(host().run(id, "test", "-e", "/no").exitCode()).isEqualTo(1);
    }

    @Test
    default void arguments_arrive_byte_for_byte() {
        List<String> arguments = List.of("", " ", "a b", "'\"\\$HOME `id`", "line\nbreak", "--flag", "*", "ü€😀", "{}");
        String[] command = new String[arguments.size() + 2];
        command[0] = "printf";
        command[1] = "<%s>";
        for (int i = 0; i < arguments.size(); i++) {
            command[i + 2] = arguments.get(i);
        }

        Ran ran = host().run(host().started(), command);

        assertThat(ran.text()).isEqualTo("<" + String.join("><", arguments) + ">");
    }

    @Test
    default void the_commands_environment_is_added_to_the_computes() {
        ComputeId id = host().started();

        Ran ran = host().run(
                        id,
                        new ExecSpec(
                                List.of("sh", "-c", "echo \"$GREETING|$EXTRA|$EMPTY|\""),
                                Map.of("EXTRA", "a b=c\n\"$x\"", "EMPTY", ""),
                                "/"),
                        new byte[0]);
        Ran replaced = host().run(
                        id,
                        new ExecSpec(List.of("sh", "-c", "echo $GREETING"), Map.of("GREETING", "bye"), "/"),
                        new byte[0]);

        assertThat(ran.text()).isEqualTo("hello|a b=c\n\"$x\"||");
        assertThat(replaced.text()).isEqualTo("bye");
        assertThat(host().sh(id, "echo $GREETING")).isEqualTo("hello");
        assertThat(host().sh(id, "command -v ls")).isIn("/bin/ls", "/usr/bin/ls");
    }

    @Test
    default void the_working_directory_is_the_one_asked_for() {
        ComputeId id = host().started();
        host().sh(id, "mkdir '/opt/with space ü'");

        assertThat(host().sh(id, "pwd")).isEqualTo("/root");
        assertThat(host().run(id, new ExecSpec(List.of("pwd"), Map.of(), "/opt/with space ü"), new byte[0])
                        .text())
                .isEqualTo("/opt/with space ü");
    }

    @Test
    default void commands_run_as_root_of_the_sandbox() {
        assertThat(host().sh(host().started(), "id -u; id -g")).isEqualTo("0\n0");
    }

    // ---------------------------------------------------------------------------------------------------- streams

    @Test
    default void the_end_of_input_reaches_the_command_and_its_output_goes_on() {
        Ran ran = host().run(
                        host().started(),
                        ExecSpec.of("sh", "-c", "cat > /tmp/in; echo got; sleep 0.2; wc -c < /tmp/in; echo after >&2"),
                        "some input".getBytes(UTF_8));

        assertThat(ran).isEqualTo(new Ran(0, "got\n10\n", "after\n"));
    }

    @Test
    default void input_arrives_while_the_command_runs() throws IOException {
        try (ExecProcess echo =
                host().exec(host().started(), "sh", "-c", "while read -r line; do echo \"<$line>\"; done; echo end")) {
            echo.stdin().write("one\n".getBytes(UTF_8));
            echo.stdin().flush();
            awaitLine(echo, "<one>");
            echo.stdin().write("two\n".getBytes(UTF_8));
            echo.stdin().flush();
            awaitLine(echo, "<two>");
            echo.stdin().close();
            awaitLine(echo, "end");
        }
    }

    @Test
    default void much_binary_data_goes_through_in_both_directions_unchanged() {
        byte[] data = new byte[32 << 20];
        new Random(42).nextBytes(data);

        Ran ran = host().run(host().started(), ExecSpec.of("cat"), data);

        assertThat(ran.exitCode()).isZero();
        assertThat(ran.output().getBytes(ISO_8859_1)).isEqualTo(data);
    }

    @Test
    default void much_output_on_both_streams_at_once_does_not_block() {
        Ran ran = host().run(
                        host().started(),
                        "sh",
                        "-c",
                        "head -c 8388608 /dev/zero & head -c 8388608 /dev/zero >&2 & wait");

        assertThat(ran.output()).hasSize(8 << 20);
        assertThat(ran.errors()).hasSize(8 << 20);
    }

    @Test
    default void a_command_may_end_without_reading_its_input() {
        assertThat(host().run(host().started(), ExecSpec.of("true"), new byte[10 << 20])
                        .exitCode())
                .isZero();
    }

    @Test
    default void output_ends_when_all_that_inherited_it_have_ended() throws Exception {
        ComputeId id = host().started();
        try (ExecProcess process =
                host().exec(id, "sh", "-c", "(while [ ! -e /tmp/go ]; do sleep 0.05; done; echo late) & echo early")) {
            process.stdin().close();
            awaitLine(process, "early");
            assertThat(process.waitFor(PATIENCE)).hasValue(0);
            host().sh(id, "touch /tmp/go");

            assertThat(new String(process.stdout().readAllBytes(), UTF_8)).isEqualTo("late\n");
        }
    }

    // ------------------------------------------------------------------------------------------- signals and the end

    @Test
    default void a_signal_reaches_the_command() throws InterruptedException {
        ComputeId id = host().started();
        try (ExecProcess process = host().exec(
                        id, "sh", "-c", "trap 'echo caught; exit 7' INT; echo ready; while :; do sleep 0.05; done")) {
            awaitLine(process, "ready");
            process.signal(2);
            awaitLine(process, "caught");
            assertThat(process.waitFor(PATIENCE)).hasValue(7);
        }
        try (ExecProcess process = host().exec(id, "sh", "-c", "echo ready; exec sleep 600")) {
            awaitLine(process, "ready");
            process.signal(15);
            assertThat(process.waitFor(PATIENCE)).hasValue(143);
            process.signal(15);
            assertThat(process.waitFor(PATIENCE)).hasValue(143);
        }
    }

    @Test
    default void waiting_ends_with_the_time_that_it_is_given_and_closing_ends_the_command()
            throws InterruptedException {
        ComputeId id = host().started();
        ExecProcess process = host().exec(id, "sh", "-c", "echo ready; exec sleep 98765");
        awaitLine(process, "ready");

        assertThat(process.waitFor(Duration.ofMillis(50))).isEmpty();
        process.close();
        process.close();

        await().atMost(PATIENCE)
                .untilAsserted(
                        () -> assertThat(host().sh(id, running("sleep98765"))).isEqualTo("0"));
    }

    @Test
    default void what_a_command_left_running_goes_on_when_its_process_is_closed() {
        ComputeId id = host().started();

        host().sh(id, "setsid sleep 98766 > /dev/null 2>&1 < /dev/null &");

        assertThat(host().sh(id, running("sleep98766"))).isEqualTo("1");
    }

    /** Counts the processes whose arguments, put together, are {@code commandLine}. */
    private static String running(String commandLine) {
        return "n=0; for p in /proc/[0-9]*; do [ \"$(tr -d '\\0' < $p/cmdline 2> /dev/null)\" = '" + commandLine
                + "' ] && n=$((n+1)); done; echo $n";
    }

    @Test
    default void a_compute_that_ends_ends_its_commands() throws InterruptedException {
        ComputeId id = host().started();
        try (ExecProcess process = host().exec(id, "sh", "-c", "echo ready; exec sleep 600")) {
            awaitLine(process, "ready");

            host().provider().destroy(id);

            assertThat(process.waitFor(PATIENCE)).isPresent();
        }
    }

    @Test
    default void what_does_not_run_executes_nothing() {
        ComputeId id = host().started();
        host().stop(id);

        assertThat(host().provider().exec(id, ExecSpec.of("true"))).isEqualTo(new ExecOutcome.NotRunning());
    }

    @Test
    default void many_commands_run_at_once() {
        ComputeId id = host().started();

        List<String> answers = atOnce(IntStream.range(0, 20)
                .<Callable<String>>mapToObj(n -> () -> host().sh(id, "echo " + n))
                .toList());

        assertThat(answers)
                .isEqualTo(IntStream.range(0, 20).mapToObj(Integer::toString).toList());
    }
}
