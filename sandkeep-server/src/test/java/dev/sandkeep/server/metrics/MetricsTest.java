package dev.sandkeep.server.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandkeep.server.findings.Difference;
import dev.sandkeep.server.findings.FindingState;
import dev.sandkeep.server.findings.Findings;
import dev.sandkeep.server.platform.security.Caller;
import dev.sandkeep.server.platform.security.Role;
import dev.sandkeep.server.platform.security.Scope;
import dev.sandkeep.server.platform.telemetry.Label;
import dev.sandkeep.server.platform.telemetry.Metric;
import dev.sandkeep.server.sessions.SandboxState;
import dev.sandkeep.server.sessions.SessionDetails;
import dev.sandkeep.server.sessions.StopReason;
import dev.sandkeep.server.snapshots.SnapshotTrigger;
import dev.sandkeep.server.testing.ApiClient.Answer;
import dev.sandkeep.server.testing.SandboxLab;
import dev.sandkeep.server.testing.ServerTest;
import dev.sandkeep.server.testing.TelemetryReceiver;
import dev.sandkeep.server.testing.TestServer;
import dev.sandkeep.server.testing.TestServer.Tenant;
import io.opentelemetry.proto.trace.v1.Span;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;

@ServerTest
class MetricsTest {
    private static final Pattern TYPE = Pattern.compile("# TYPE (\\S+) (\\S+)");
    private static final Pattern SAMPLE = Pattern.compile("([a-z_0-9]+)(?:\\{(.*)})? (\\S+)");
    private static final Pattern LABEL = Pattern.compile("([a-z_]+)=\"((?:[^\"\\\\]|\\\\.)*)\"");

    @Autowired
    TestServer server;

    @Autowired
    SandboxLab lab;

    @Autowired
    Findings findings;

    @AfterEach
    void forget() {
        TelemetryReceiver.shared().forget();
    }

    /** One line of the page. */
    private record Sample(String name, Map<String, String> labels, double value) {}

    @Test
    void a_server_that_worked_shows_every_metric_of_the_list_with_its_labels_and_no_other() throws Exception {
        work();
        findings.ended(
                new Difference(Difference.ROW, "metrics-test", "", "a test says so", false, ""),
                FindingState.REPAIRED,
                "nothing",
                OptionalLong.empty());

        String page = reader().api().root("/metrics").text();

        Map<String, String> types = new TreeMap<>();
        page.lines().map(TYPE::matcher).filter(Matcher::matches).forEach(it -> types.put(it.group(1), it.group(2)));
        Map<String, String> expected = new TreeMap<>();
        for (Metric metric : Metric.values()) {
            switch (metric.kind()) {
                case GAUGE -> expected.put(metric.text(), "gauge");
                case COUNTER -> expected.put(metric.text(), "counter");
                case TIMER -> {
                    expected.put(metric.text(), "histogram");
                    expected.put(metric.text() + "_max", "gauge");
                }
            }
        }
        assertThat(types).containsExactlyEntriesOf(expected);

        Map<String, Set<String>> labels = new TreeMap<>();
        for (Sample sample : samples(page)) {
            String name = sample.name().replaceFirst("_(bucket|count|sum|max)$", "");
            labels.computeIfAbsent(types.containsKey(sample.name()) ? sample.name() : name, any -> new TreeSet<>())
                    .addAll(sample.labels().keySet());
        }
        for (Metric metric : Metric.values()) {
            Set<String> listed = metric.labels().stream().map(Label::name).collect(Collectors.toSet());
            if (metric.kind() == Metric.Kind.TIMER) {
                listed.add("le");
            }
            assertThat(labels.get(metric.text())).as(metric.text()).isEqualTo(listed);
        }
        assertThat(samples(page))
                .as("values that the list does not have")
                .noneMatch(it -> it.labels().containsValue("other"));
    }

    @Test
    void what_was_done_is_counted() throws Exception {
        Tenant reader = reader();
        List<Sample> before = samples(reader.api().root("/metrics").text());
        work();
        List<Sample> after = samples(reader.api().root("/metrics").text());

        for (String series : List.of(
                "sandkeep_sandbox_start_seconds_count kind=create mode=persistent outcome=succeeded",
                "sandkeep_sandbox_start_seconds_count kind=resume mode=persistent outcome=succeeded",
                "sandkeep_sandbox_stop_seconds_count reason=user outcome=succeeded",
                "sandkeep_snapshot_job_seconds_count trigger=publish outcome=succeeded",
                "sandkeep_snapshot_phase_seconds_count phase=capture",
                "sandkeep_checkpoint_seconds_count kind=manual outcome=succeeded",
                "sandkeep_provider_call_seconds_count operation=start outcome=started",
                "sandkeep_sign_ins_total method=password outcome=failed",
                "sandkeep_http_request_seconds_count method=POST route=/api/v1/sessions/{session}/stop status=200")) {
            assertThat(value(after, series)).as(series).isGreaterThan(value(before, series));
        }
        assertThat(value(after, "sandkeep_disk_free_bytes place=data")).isPositive();
    }

    @Test
    void only_the_organization_that_operates_the_server_sees_them() {
        assertThat(server.client("").root("/metrics").status()).isEqualTo(401);
        assertThat(server.newOrganization().api().root("/metrics").status()).isEqualTo(403);
        Answer answer = reader().api().root("/metrics");
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.headers().firstValue("Content-Type").orElse("")).startsWith("text/plain;version=0.0.4");
    }

    @Test
    void the_list_names_the_states_that_there_are() {
        assertThat(values(Metric.SANDBOXES, "state"))
                .containsExactlyInAnyOrderElementsOf(Arrays.stream(SandboxState.values())
                        .filter(it -> it != SandboxState.DELETED)
                        .map(SandboxState::text)
                        .toList());
        assertThat(values(Metric.SANDBOX_STOP, "reason"))
                .containsExactlyInAnyOrderElementsOf(
                        Arrays.stream(StopReason.values()).map(StopReason::text).toList());
        assertThat(values(Metric.SNAPSHOT_JOB, "trigger"))
                .containsExactlyInAnyOrderElementsOf(Arrays.stream(SnapshotTrigger.values())
                        .map(SnapshotTrigger::text)
                        .toList());
    }

    @Test
    void metrics_and_the_trace_of_a_start_are_sent_by_otlp() throws Exception {
        TelemetryReceiver receiver = TelemetryReceiver.shared();
        receiver.remember();
        String trace = "4bf92f3577b34da6a3ce929d0e0e4736";
        Tenant tenant = server.newOrganization();
        String profile = lab.usable(tenant.caller());
        Answer started = tenant.api()
                .post(
                        "/sessions?wait=60",
                        "{\"profile\":\"" + profile + "\"}",
                        "traceparent",
                        "00-" + trace + "-00f067aa0ba902b7-01");
        assertThat(started.status()).as(started.text()).isEqualTo(201);

        await("the spans of the start").atMost(SandboxLab.PATIENCE).untilAsserted(() -> {
            Map<String, Span> spans = receiver.spans().stream()
                    .filter(it -> java.util.HexFormat.of()
                            .formatHex(it.getTraceId().toByteArray())
                            .equals(trace))
                    .collect(Collectors.toMap(Span::getName, it -> it, (first, again) -> first));
            assertThat(spans.keySet()).contains("POST /api/v1/sessions", "sandbox.start", "provider.start");
            Span start = span(spans, "sandbox.start");
            assertThat(start.getParentSpanId())
                    .isEqualTo(span(spans, "POST /api/v1/sessions").getSpanId());
            assertThat(span(spans, "provider.start").getParentSpanId()).isEqualTo(start.getSpanId());
        });
        await("the metrics")
                .atMost(SandboxLab.PATIENCE)
                .untilAsserted(() -> assertThat(receiver.metrics())
                        .contains("sandkeep.sandbox.start", "sandkeep.sandboxes", "jvm.memory.used"));
    }

    private static Span span(Map<String, Span> spans, String name) {
        Span span = spans.get(name);
        assertThat(span).as(name).isNotNull();
        return span == null ? Span.getDefaultInstance() : span;
    }

    /** Something of everything that is measured. */
    private void work() throws InterruptedException {
        Tenant tenant = server.newOrganization();
        Caller caller = tenant.caller();
        String profile = lab.persistent(caller);
        SessionDetails session = lab.start(caller, profile);
        String path = "/sessions/" + session.session().id();
        assertThat(tenant.api().post(path + "/checkpoints", "{}").status()).isEqualTo(201);
        assertThat(tenant.api().post(path + "/stop", "").status()).isEqualTo(200);
        assertThat(tenant.api().post(path + "/resume", "").status()).isEqualTo(200);
        server.browser().post("/sign-in", "email", "nobody@example.org", "password", "wrong");
        tenant.api().delete(path + "?now=true");
        lab.settled(caller, session);
    }

    private Tenant reader() {
        return server.newMember(server.operator().caller().organizationId(), Role.MEMBER, Set.of(Scope.READ));
    }

    private static List<String> values(Metric metric, String label) {
        return metric.labels().stream()
                .filter(it -> it.name().equals(label))
                .findFirst()
                .orElseThrow()
                .values();
    }

    private static List<Sample> samples(String page) {
        return page.lines()
                .filter(line -> !line.startsWith("#"))
                .map(SAMPLE::matcher)
                .filter(Matcher::matches)
                .map(it -> new Sample(
                        it.group(1),
                        labels(it.group(2)),
                        Double.parseDouble(it.group(3).replace("+Inf", "Infinity"))))
                .toList();
    }

    private static Map<String, String> labels(@org.jspecify.annotations.Nullable String text) {
        Map<String, String> labels = new TreeMap<>();
        LABEL.matcher(text == null ? "" : text).results().forEach(it -> labels.put(it.group(1), it.group(2)));
        return labels;
    }

    /** Of a series, given as its name and labels with spaces between; 0 when there is none. */
    private static double value(List<Sample> samples, String series) {
        String[] words = series.split(" ", -1);
        Map<String, String> labels = new TreeMap<>();
        Arrays.stream(words)
                .skip(1)
                .forEach(word ->
                        labels.put(word.substring(0, word.indexOf('=')), word.substring(word.indexOf('=') + 1)));
        return samples.stream()
                .filter(it -> it.name().equals(words[0]) && it.labels().equals(labels))
                .mapToDouble(Sample::value)
                .findFirst()
                .orElse(0);
    }
}
