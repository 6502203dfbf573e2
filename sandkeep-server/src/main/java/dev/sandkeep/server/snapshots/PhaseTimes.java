package dev.sandkeep.server.snapshots;

import dev.sandkeep.server.platform.telemetry.Metric;
import dev.sandkeep.server.platform.telemetry.Metrics;
import dev.sandkeep.server.platform.telemetry.Traces;
import java.util.Map;
import java.util.Optional;

/** Times the phases of one attempt, as metrics and as a trace. Used by the attempt's thread only. */
final class PhaseTimes implements AutoCloseable {
    private final Metrics metrics;
    private final Traces traces;
    private final Traces.Span attempt;
    private Optional<Phase> phase = Optional.empty();
    private Traces.Span part = Traces.Span.NONE;
    private long since;

    PhaseTimes(Metrics metrics, Traces traces, Attempt attempt) {
        this.metrics = metrics;
        this.traces = traces;
        this.attempt = traces.open(
                "snapshot.attempt",
                Map.of(
                        "sandkeep.job", attempt.jobId(),
                        "sandkeep.profile", attempt.profileId(),
                        "sandkeep.trigger", attempt.trigger().text(),
                        "sandkeep.attempt", Integer.toString(attempt.number())));
    }

    /** Another phase begins, and the one before has ended. */
    void enter(Phase next) {
        leave();
        phase = Optional.of(next);
        part = traces.open("snapshot." + next.text(), Map.of());
        since = System.nanoTime();
    }

    /** The attempt has come to nothing. */
    void failed(String code) {
        part.failed(code);
        attempt.failed(code);
    }

    private void leave() {
        phase.ifPresent(left -> metrics.tookSince(since, Metric.SNAPSHOT_PHASE, left.text()));
        phase = Optional.empty();
        part.close();
        part = Traces.Span.NONE;
    }

    @Override
    public void close() {
        leave();
        attempt.close();
    }
}
