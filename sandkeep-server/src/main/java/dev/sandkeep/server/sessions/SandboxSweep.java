package dev.sandkeep.server.sessions;

import dev.sandkeep.server.findings.Difference;
import dev.sandkeep.server.findings.FindingState;
import dev.sandkeep.server.findings.Findings;
import dev.sandkeep.server.platform.InParallel;
import dev.sandkeep.server.platform.data.DataDirectory;
import dev.sandkeep.server.platform.jobs.LeasedRows;
import dev.sandkeep.server.platform.telemetry.Traces;
import dev.sandkeep.server.volumes.Volumes;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks for sandboxes that nobody brings to rest: whose time is up, whose worker is gone, whose compute is gone. An error with
 * one of them does not keep the others waiting.
 */
public final class SandboxSweep implements LeasedRows {
    private static final Logger LOG = LoggerFactory.getLogger(SandboxSweep.class);
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final int TAKEN_AT_ONCE = 64;

    private final SandboxStore store;
    private final SandboxTransitions transitions;
    private final SandboxWork work;
    private final SandboxLeases leases;
    private final LostComputes lost;
    private final Volumes volumes;
    private final Findings findings;
    private final SandboxMeter meter;
    private final DataDirectory data;

    SandboxSweep(
            SandboxStore store,
            SandboxTransitions transitions,
            SandboxWork work,
            SandboxLeases leases,
            LostComputes lost,
            Volumes volumes,
            Findings findings,
            SandboxMeter meter,
            DataDirectory data) {
        this.store = store;
        this.transitions = transitions;
        this.work = work;
        this.leases = leases;
        this.lost = lost;
        this.volumes = volumes;
        this.findings = findings;
        this.meter = meter;
        this.data = data;
    }

    /** Looks once. */
    public void run() throws InterruptedException {
        InParallel.forEach("overdue", store.overdue(data.installation()), PATIENCE, this::endOverdue);
        InParallel.forEach("take-over", takeOver(), PATIENCE, this::goOn);
        InParallel.forEach("lost", store.running(data.installation()), PATIENCE, lost::look);
    }

    private void endOverdue(Sandbox row) {
        long since = System.nanoTime();
        try {
            Sandbox ended = transitions.overdue(row);
            meter.moved(row, ended, since, Traces.Span.NONE);
            work.abandon(row.id());
            note(
                    row,
                    "it was still " + row.state().text() + " at its deadline",
                    FindingState.REPAIRED,
                    "it has " + ended.state().text() + ": "
                            + ended.failure().map(Failure::code).orElse(""));
            LOG.warn(
                    "event=sandbox_overdue sandbox={} state={}",
                    row.id(),
                    row.state().text());
        } catch (SandboxMoved moved) {
            LOG.debug("event=sandbox_overdue_moved sandbox={}", row.id());
        }
    }

    private void goOn(Sandbox row) {
        work.begin(row);
        note(
                row,
                "it was " + row.state().text() + ", and nobody worked on it any more",
                FindingState.ADOPTED,
                "server " + leases.owner() + " goes on with it");
    }

    private void note(Sandbox row, String reason, FindingState state, String action) {
        findings.ended(
                new Difference(Difference.ROW, row.id(), row.sessionId(), reason, false, ""),
                state,
                action,
                OptionalLong.empty());
    }

    private List<Sandbox> takeOver() {
        List<Sandbox> taken = store.takeOver(data.installation(), leases.owner(), leases.until(), TAKEN_AT_ONCE);
        meter.takenOver(taken.size());
        taken.forEach(row -> LOG.info(
                "event=sandbox_taken_over sandbox={} state={}",
                row.id(),
                row.state().text()));
        return taken;
    }

    @Override
    public int serverDied(String server) {
        int held = store.abandon(server);
        volumes.noteServerDied(server);
        if (held > 0) {
            takeOver().forEach(this::goOn);
        }
        return held;
    }
}
