package dev.sandkeep.server.reconciler;

import dev.sandkeep.server.computes.ComputeReaper;
import dev.sandkeep.server.findings.Findings;
import dev.sandkeep.server.sessions.SandboxSweep;
import dev.sandkeep.server.snapshots.SnapshotSweep;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at everything of this data directory that may be stuck, lost or left behind. One server at a time does so, because its
 * turn is a row in the queue; a part that fails does not keep the others from their turn.
 */
public final class Reconciler {
    private static final Logger LOG = LoggerFactory.getLogger(Reconciler.class);

    private final SandboxSweep sandboxes;
    private final SnapshotSweep snapshots;
    private final ComputeReaper computes;
    private final Leaks leaks;
    private final Findings findings;
    private final RemoveLeftImages removeLeftImages;

    Reconciler(
            SandboxSweep sandboxes,
            SnapshotSweep snapshots,
            ComputeReaper computes,
            Leaks leaks,
            Findings findings,
            RemoveLeftImages removeLeftImages) {
        this.sandboxes = sandboxes;
        this.snapshots = snapshots;
        this.computes = computes;
        this.leaks = leaks;
        this.findings = findings;
        this.removeLeftImages = removeLeftImages;
    }

    private interface Part {
        void run() throws InterruptedException;
    }

    /** Looks once. */
    public void run() {
        try {
            run("look", this::note);
            run("sandboxes", sandboxes::run);
            run("computes", computes::run);
            run("snapshots", snapshots::run);
            run("left-images", removeLeftImages::run);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** When the host or a store does not answer, nothing is noted: what cannot be asked is not gone. */
    private void note() {
        List<Leak> seen = leaks.look();
        findings.seen(seen.stream().map(Leak::difference).toList(), Leaks.KINDS);
    }

    private static void run(String name, Part part) throws InterruptedException {
        try {
            part.run();
        } catch (RuntimeException e) {
            LOG.warn("event=reconciler_part_failed part={} cause=\"{}\"", name, e.getMessage(), e);
        }
    }
}
