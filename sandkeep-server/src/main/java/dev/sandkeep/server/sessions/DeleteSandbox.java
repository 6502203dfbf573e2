package dev.sandkeep.server.sessions;

import dev.sandkeep.server.computes.Compute;
import dev.sandkeep.server.computes.ComputeLedger;
import dev.sandkeep.server.volumes.Volumes;
import dev.sandkeep.spi.SandboxProvider;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code stopped|failed → deleted}: computes, then the name, and the volume at once or when its grace period is over. Can be run again from the top by anyone who holds
 * the lease; when it cannot be done now, it lets go and a sweep begins again.
 */
final class DeleteSandbox {
    private static final Logger LOG = LoggerFactory.getLogger(DeleteSandbox.class);

    private final SandboxProvider provider;
    private final ComputeLedger computes;
    private final Volumes volumes;
    private final SandboxTransitions transitions;
    private final Effects effects;
    private final Duration keepDeleted;
    private final Clock clock;

    DeleteSandbox(
            SandboxProvider provider,
            ComputeLedger computes,
            Volumes volumes,
            SandboxTransitions transitions,
            Effects effects,
            Duration keepDeleted,
            Clock clock) {
        this.provider = provider;
        this.computes = computes;
        this.volumes = volumes;
        this.transitions = transitions;
        this.effects = effects;
        this.keepDeleted = keepDeleted;
        this.clock = clock;
    }

    /** Of a volume that somebody may want back; one that was never made holds nothing. */
    private Optional<Instant> keepUntil(Task task) {
        return task.volume()
                .filter(volume ->
                        volume.provisioned() && !task.sandbox().upkeep().deleteNow() && keepDeleted.isPositive())
                .map(volume -> clock.instant().plus(keepDeleted));
    }

    /** Deletes, or lets go of the row. */
    Sandbox run(Task task) throws InterruptedException {
        Sandbox row = task.sandbox();
        Instant deadline = row.deadline().orElseGet(() -> clock.instant().plus(SandboxStore.DELETE_PATIENCE));
        try {
            for (Compute left : computes.left(row.id())) {
                effects.end(row, deadline, () -> provider.destroy(left.id()));
                computes.destroyed(left.id());
            }
            Optional<Instant> keepUntil = keepUntil(task);
            if (task.volume().isPresent() && keepUntil.isEmpty()) {
                effects.end(row, deadline, () -> {
                    volumes.delete(task.volume().get().id());
                    return true;
                });
            }
            return transitions.deleted(task, keepUntil);
        } catch (Effects.Unanswered later) {
            LOG.warn("event=sandbox_delete_later sandbox={} cause={}", row.id(), later.getMessage());
            return transitions.letGo(row);
        }
    }
}
