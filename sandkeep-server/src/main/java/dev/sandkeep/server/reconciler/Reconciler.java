package dev.sandkeep.server.reconciler;

import dev.sandkeep.server.computes.ComputeReaper;
import dev.sandkeep.server.sessions.SandboxSweep;
import dev.sandkeep.server.snapshots.SnapshotSweep;
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

    Reconciler(SandboxSweep sandboxes, SnapshotSweep snapshots, ComputeReaper computes) {
        this.sandboxes = sandboxes;
        this.snapshots = snapshots;
        this.computes = computes;
    }

    private interface Part {
        void run() throws InterruptedException;
    }

    /** Looks once. */
    public void run() {
        try {
            run("sandboxes", sandboxes::run);
            run("computes", computes::run);
            run("snapshots", snapshots::run);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void run(String name, Part part) throws InterruptedException {
        try {
            part.run();
        } catch (RuntimeException e) {
            LOG.warn("event=reconciler_part_failed part={} cause=\"{}\"", name, e.getMessage(), e);
        }
    }
}
