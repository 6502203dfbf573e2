package dev.sandkeep.server.sessions;

import dev.sandkeep.server.platform.errors.ProblemCode;
import dev.sandkeep.server.platform.errors.SandkeepException;
import dev.sandkeep.server.volumes.Volume;
import dev.sandkeep.server.volumes.Volumes;
import dev.sandkeep.spi.DurablePoint;
import dev.sandkeep.spi.SandboxProvider;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code stopping → stopped}. Can be run again from the top by anyone who holds the lease.
 *
 * <ol>
 *   <li>The processes are ended. That there are none is fine too.
 *   <li>The volume is committed as the checkpoint whose name was chosen when it was attached, and the durable point recorded.
 *   <li>What is left of the compute is destroyed.
 * </ol>
 */
final class StopSandbox {
    private static final Logger LOG = LoggerFactory.getLogger(StopSandbox.class);
    private static final Duration CLEAN_UP_PATIENCE = Duration.ofSeconds(10);

    private final SandboxProvider provider;
    private final Volumes volumes;
    private final SandboxTransitions transitions;
    private final Effects effects;
    private final Clock clock;

    StopSandbox(
            SandboxProvider provider, Volumes volumes, SandboxTransitions transitions, Effects effects, Clock clock) {
        this.provider = provider;
        this.volumes = volumes;
        this.transitions = transitions;
        this.effects = effects;
        this.clock = clock;
    }

    /** Brings the row to {@code stopped}, or to {@code failed} when what should be durable cannot be shown to be. */
    Sandbox run(Task given) throws InterruptedException {
        Sandbox row = given.sandbox();
        Instant deadline = row.deadline().orElseGet(clock::instant);
        try {
            Duration grace = Duration.ofMillis(row.stopGraceMillis());
            Sandbox stopping = row;
            effects.end(stopping, deadline, () -> provider.stop(stopping.compute(), grace));
            Optional<Volume> held = given.volume().filter(it -> it.heldBy().equals(holder(stopping)));
            if (held.isPresent()) {
                DurablePoint point =
                        effects.end(row, deadline, () -> volumes.detach(held.get(), stopping.generation()));
                row = transitions.committed(given.with(row), point);
            }
            Sandbox committed = row;
            effects.end(committed, deadline, () -> provider.destroy(committed.compute()));
            return transitions.stopped(committed);
        } catch (SandkeepException | Effects.Unanswered failure) {
            return giveUp(row, Effects.failure(failure, ProblemCode.STOP_TIMEOUT, ProblemCode.STOP_TIMEOUT));
        }
    }

    private static java.util.OptionalInt holder(Sandbox row) {
        return java.util.OptionalInt.of(row.generation());
    }

    private Sandbox giveUp(Sandbox row, Failure failure) throws InterruptedException {
        LOG.warn(
                "event=sandbox_stop_failed sandbox={} generation={} code={} cause={}",
                row.id(),
                row.generation(),
                failure.code(),
                failure.message());
        boolean computeGone;
        try {
            effects.end(row, clock.instant().plus(CLEAN_UP_PATIENCE), () -> provider.destroy(row.compute()));
            computeGone = true;
        } catch (Effects.Unanswered unanswered) {
            computeGone = false;
        }
        return transitions.stopFailed(row, failure, computeGone);
    }
}
