package dev.sandkeep.linux.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChildProcessTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    /** 1 to 31; the C library keeps some of the others to itself. */
    private static final long PLAIN_SIGNALS = 0x7FFF_FFFFL;

    private static final Path SHELL = Path.of("/bin/sh");

    @TempDir
    Path directory;

    @Test
    void a_child_has_its_streams_its_name_and_its_exit_code() throws IOException {
        Path input = Files.writeString(directory.resolve("input"), "said\n");
        Path output = directory.resolve("output");
        Path errors = directory.resolve("errors");

        ChildProcess child = ChildProcess.start(
                SHELL,
                "a-name",
                List.of("-c", "cat; echo $0 >&2; exit 7", "another"),
                new ChildProcess.Streams(input, output, errors));

        assertThat(child.waitFor(PATIENCE)).hasValue(7);
        assertThat(output).hasContent("said");
        assertThat(errors).hasContent("another");
    }

    @Test
    void a_child_inherits_no_descriptor_and_ignores_no_signal() throws IOException {
        Path errors = directory.resolve("errors");
        try (Pipe pipe = Pipe.open();
                var open = Files.newInputStream(SHELL)) {
            ChildProcess child = ChildProcess.start(
                    SHELL,
                    "sh",
                    List.of("-c", "ls /proc/self/fd >&2; grep -hE 'Sig(Blk|Ign)' /proc/self/status >&2"),
                    ChildProcess.Streams.errorsTo(errors));

            assertThat(child.waitFor(PATIENCE)).hasValue(0);
            assertThat(open.available()).isPositive();
            assertThat(pipe.readEnd()).exists();
        }
        List<String> lines = Files.readAllLines(errors);
        // The fourth is the directory that ls reads.
        assertThat(lines.subList(0, lines.size() - 2)).containsExactly("0", "1", "2", "3");
        assertThat(lines.subList(lines.size() - 2, lines.size()))
                .allSatisfy(signals -> assertThat(
                                Long.parseUnsignedLong(signals.substring(signals.indexOf('\t') + 1), 16)
                                        & PLAIN_SIGNALS)
                        .isZero());
    }

    @Test
    void a_child_that_was_killed_says_by_which_signal() {
        ChildProcess child = ChildProcess.start(
                SHELL, "sh", List.of("-c", "kill -9 $$"), ChildProcess.Streams.errorsTo(directory.resolve("errors")));

        assertThat(child.waitFor(PATIENCE)).hasValue(128 + 9);
    }

    @Test
    void a_child_that_does_not_end_in_time_is_killed() throws IOException {
        Path errors = directory.resolve("errors");
        ChildProcess child = ChildProcess.start(
                SHELL, "sh", List.of("-c", "echo $$ >&2; exec sleep 1000"), ChildProcess.Streams.errorsTo(errors));

        assertThat(child.waitFor(Duration.ofMillis(300))).isEmpty();

        // It may have been killed before it could say who it is.
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(Files.readAllLines(errors))
                        .allSatisfy(pid -> assertThat(HostProcess.find(Long.parseLong(pid)))
                                .isEmpty()));
    }

    @Test
    void what_cannot_be_executed_is_told_by_name() {
        assertThatIllegalStateException()
                .isThrownBy(() -> ChildProcess.start(
                        Path.of("/no/such/program"),
                        "program",
                        List.of(),
                        ChildProcess.Streams.errorsTo(directory.resolve("errors"))))
                .withMessageContaining("no such file");
    }

    @Test
    void a_sealed_program_runs_and_cannot_be_changed() throws IOException {
        Path output = directory.resolve("output");
        try (SealedProgram copy = SealedProgram.of(Path.of("/bin/echo"))) {
            ChildProcess child = ChildProcess.start(
                    copy.path(),
                    "echo",
                    List.of("sealed"),
                    new ChildProcess.Streams(Path.of("/dev/null"), output, output));

            assertThat(child.waitFor(PATIENCE)).hasValue(0);
            assertThat(output).hasContent("sealed");
            ChildProcess writer = ChildProcess.start(
                    SHELL,
                    "sh",
                    List.of("-c", "echo changed > " + copy.path()),
                    ChildProcess.Streams.errorsTo(directory.resolve("errors")));
            assertThat(writer.waitFor(PATIENCE).orElse(0)).isNotZero();
            assertThat(Files.mismatch(Path.of("/bin/echo"), copy.path())).isEqualTo(-1);
        }
    }
}
