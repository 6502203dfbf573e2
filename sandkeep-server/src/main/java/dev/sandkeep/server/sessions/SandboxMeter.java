package dev.sandkeep.server.sessions;

import dev.sandkeep.server.platform.telemetry.Metric;
import dev.sandkeep.server.platform.telemetry.Metrics;
import dev.sandkeep.server.platform.telemetry.Traces;
import java.util.Map;

/** Times what is done with sandboxes: starts and stops, as metrics and as traces. */
final class SandboxMeter {
    private static final String SUCCEEDED = "succeeded";
    private static final String FAILED = "failed";

    private final Metrics metrics;
    private final Traces traces;

    SandboxMeter(Metrics metrics, Traces traces) {
        this.metrics = metrics;
        this.traces = traces;
    }

    /** The part of a trace that brings a row out of its present state. */
    Traces.Span open(Sandbox row) {
        return switch (row.state()) {
            case PENDING, STARTING -> traces.open("sandbox.start", attributes(row));
            case STOPPING -> traces.open("sandbox.stop", attributes(row));
            case RUNNING, STOPPED, FAILED, DELETED -> Traces.Span.NONE;
        };
    }

    /** Work on {@code before} since {@code since}, a {@link System#nanoTime}, has brought it here. */
    void moved(Sandbox before, Sandbox after, long since, Traces.Span span) {
        switch (before.state()) {
            case PENDING, STARTING -> {
                if (after.state() == SandboxState.STARTING || after.state() == SandboxState.PENDING) {
                    return;
                }
                metrics.tookSince(
                        since,
                        Metric.SANDBOX_START,
                        before.generation() == 1 ? "create" : "resume",
                        before.mode().text(),
                        outcome(after, SandboxState.RUNNING, span));
            }
            case STOPPING -> {
                if (after.state() == SandboxState.STOPPING) {
                    return;
                }
                metrics.tookSince(
                        since,
                        Metric.SANDBOX_STOP,
                        before.stopReason().map(StopReason::text).orElse("other"),
                        outcome(after, SandboxState.STOPPED, span));
            }
            case RUNNING, STOPPED, FAILED, DELETED -> {}
        }
    }

    private static String outcome(Sandbox after, SandboxState wanted, Traces.Span span) {
        if (after.state() == wanted) {
            return SUCCEEDED;
        }
        span.failed(after.failure().map(Failure::code).orElse(FAILED));
        return FAILED;
    }

    /** A checkpoint of a running sandbox was made since {@code since}, or was not. */
    void checkpointed(String kind, boolean made, long since) {
        metrics.tookSince(since, Metric.CHECKPOINT, kind, made ? SUCCEEDED : FAILED);
    }

    /** Rows that others had were taken over. */
    void takenOver(int rows) {
        metrics.count(Metric.LEASES_TAKEN_OVER, rows, "sandbox");
    }

    /** Work that goes on elsewhere, as a part of the present trace. */
    Runnable carry(Runnable work) {
        return traces.carry(work);
    }

    private static Map<String, String> attributes(Sandbox row) {
        return Map.of(
                "sandkeep.sandbox", row.id(),
                "sandkeep.session", row.sessionId(),
                "sandkeep.generation", Integer.toString(row.generation()),
                "sandkeep.mode", row.mode().text());
    }
}
