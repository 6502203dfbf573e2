package dev.sandkeep.server.docs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandkeep.server.platform.telemetry.Label;
import dev.sandkeep.server.platform.telemetry.Metric;
import java.io.IOException;
import java.util.Locale;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class MetricsPageTest {

    @Test
    void the_page_lists_every_metric() throws IOException {
        StringBuilder page = new StringBuilder("""
                # Metrics

                <!-- Made from Metric.java by MetricsPageTest. -->

                `GET /metrics` answers them in Prometheus' text format, to an API key of scope `read` of the organization that
                operates the server. With `sandkeep.telemetry.otlp-endpoint` they are sent by OTLP as well, under the names in the
                last column. [operations.md](operations.md#metrics) shows how to set both up, and alert rules.

                No label holds an id or anything that users choose. Timers are histograms in seconds with the same buckets
                everywhere, `…_bucket`, `…_count` and `…_sum`, and `…_max` is their longest of the last minutes. `NaN` stands for what
                is not known at the moment.

                """);
        table(
                page,
                "The whole installation",
                "Every server that shares the database says the same: take `max`, not `sum`.",
                Metric.Group.FLEET);
        table(page, "One server and its machine", "What this server did since it started.", Metric.Group.SERVER);
        table(
                page,
                "The server's process",
                "Under the names that Java services have everywhere.",
                Metric.Group.PROCESS);
        GeneratedPage.expect("metrics.md", page.toString());
    }

    @Test
    void every_metric_is_named_as_prometheus_wants_it() {
        for (Metric metric : Metric.values()) {
            assertThat(metric.text()).matches("[a-z][a-z0-9_]+");
            assertThat(metric.text().endsWith("_total"))
                    .as(metric.text())
                    .isEqualTo(metric.kind() == Metric.Kind.COUNTER);
            assertThat(metric.kind() != Metric.Kind.TIMER || metric.text().endsWith("_seconds"))
                    .as(metric.text())
                    .isTrue();
            assertThat(metric.sentence()).endsWith(".");
        }
    }

    private static void table(StringBuilder page, String title, String sentence, Metric.Group group) {
        page.append("## ").append(title).append("\n\n").append(sentence).append("\n\n");
        page.append("| metric | kind | labels | what it says | in OpenTelemetry |\n|---|---|---|---|---|\n");
        for (Metric metric : Metric.values()) {
            if (metric.group() == group) {
                page.append("| `%s` | %s | %s | %s | `%s` |\n"
                        .formatted(
                                metric.text(),
                                metric.kind().name().toLowerCase(Locale.ROOT),
                                metric.labels().stream()
                                        .map(MetricsPageTest::label)
                                        .collect(Collectors.joining("<br>")),
                                metric.sentence(),
                                metric.dotted()));
            }
        }
        page.append('\n');
    }

    private static String label(Label label) {
        String values = label.values().isEmpty()
                ? label.meaning()
                : label.values().stream().map(it -> "`" + it + "`").collect(Collectors.joining(", "));
        return "`" + label.name() + "`: " + values;
    }
}
