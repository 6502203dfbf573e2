package dev.sandkeep.server.sessions;

import dev.sandkeep.server.platform.errors.SandkeepException;
import dev.sandkeep.server.volumes.Volume;
import dev.sandkeep.server.volumes.Volumes;
import dev.sandkeep.spi.DurablePoint;
import java.time.Clock;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes a stopped sandbox back to a checkpoint. Can be run again from the top by anyone who holds the lease; when it cannot be
 * done now, it lets go and a sweep begins again.
 */
final class RollbackVolume {
    private static final Logger LOG = LoggerFactory.getLogger(RollbackVolume.class);

    private final Volumes volumes;
    private final PastGenerations past;
    private final SandboxTransitions transitions;
    private final Effects effects;
    private final Clock clock;

    RollbackVolume(
            Volumes volumes, PastGenerations past, SandboxTransitions transitions, Effects effects, Clock clock) {
        this.volumes = volumes;
        this.past = past;
        this.transitions = transitions;
        this.effects = effects;
        this.clock = clock;
    }

    /** Fulfils the wish, ends it with a failure, or lets go of the row. */
    Sandbox run(Task given) throws InterruptedException {
        Upkeep.Rollback rollback = given.sandbox().upkeep().rollback().orElseThrow();
        Instant deadline = given.sandbox().deadline().orElseGet(clock::instant);
        AtomicReference<Sandbox> row = new AtomicReference<>(given.sandbox());
        try {
            Task task = past.freed(given, row::set);
            Volume volume = task.volume().orElseThrow();
            DurablePoint point =
                    effects.end(task.sandbox(), deadline, () -> volumes.rollback(volume, rollback.to(), rollback.as()));
            return transitions.rolledBack(task, rollback, point);
        } catch (SandkeepException refused) {
            return transitions.rollbackFailed(row.get(), Failure.of(refused));
        } catch (Effects.Unanswered later) {
            LOG.warn("event=rollback_later sandbox={} cause={}", row.get().id(), later.getMessage());
            return transitions.letGo(row.get());
        }
    }
}
