package dev.sandkeep.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandkeep.cli.terminal.Terminal;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class FiguresTest {
    private final Figures figures = new Figures("start");

    @Test
    void percentiles_are_samples_that_occurred() {
        Samples samples = new Samples("x");
        IntStream.rangeClosed(1, 20).forEach(i -> samples.add(Duration.ofMillis(21 - i)));

        assertThat(samples.p50()).isEqualTo(10);
        assertThat(samples.p95()).isEqualTo(19);
        assertThat(samples.count()).isEqualTo(20);
    }

    @Test
    void a_budget_holds_the_ratio_of_medians_against_its_limit() {
        Samples ours = filled("ours", 30);
        Samples bare = filled("bare", 20);
        figures.budget("ours / bare", 2.0, ours, bare);
        assertThat(figures.withinBudgets()).isTrue();

        figures.budget("ours / bare, strictly", 1.4, ours, bare);
        assertThat(figures.withinBudgets()).isFalse();
        assertThat(printed()).contains("2.000  1.500  pass", "1.400  1.500  FAIL");
    }

    @Test
    void what_could_not_be_measured_is_neither_passed_nor_missed() {
        figures.budget("ours / docker", 0.125, filled("ours", 30), figures.row("docker run"));

        assertThat(figures.withinBudgets()).isTrue();
        assertThat(printed()).contains("not measured").doesNotContain("docker run");
        assertThat(figures.json().at("/budgets/0/verdict").asString()).isEqualTo("not measured");
    }

    private Samples filled(String what, int millis) {
        Samples samples = figures.row(what);
        samples.add(Duration.ofMillis(millis));
        return samples;
    }

    private String printed() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
        figures.print(new Terminal(out, out, false, false, false));
        return bytes.toString(StandardCharsets.UTF_8);
    }
}
