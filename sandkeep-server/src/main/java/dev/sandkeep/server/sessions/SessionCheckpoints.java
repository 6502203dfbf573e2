package dev.sandkeep.server.sessions;

import dev.sandkeep.server.platform.errors.ProblemCode;
import dev.sandkeep.server.platform.errors.SandkeepException;
import dev.sandkeep.server.platform.jobs.RepeatableRequests;
import dev.sandkeep.server.platform.security.Caller;
import dev.sandkeep.server.volumes.CheckpointKind;
import dev.sandkeep.server.volumes.KeptCheckpoint;
import dev.sandkeep.server.volumes.Volume;
import dev.sandkeep.server.volumes.Volumes;
import dev.sandkeep.spi.CheckpointId;
import dev.sandkeep.spi.DurablePoint;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** The checkpoints of sessions, for everyone else: list, make, go back to. */
public final class SessionCheckpoints {
    private final Sessions sessions;
    private final SandboxTransitions transitions;
    private final SandboxWork work;
    private final SandboxWaits waits;
    private final SandboxChecks checks;
    private final RunningCheckpoints running;
    private final Volumes volumes;
    private final RepeatableRequests requests;

    SessionCheckpoints(
            Sessions sessions,
            SandboxTransitions transitions,
            SandboxWork work,
            SandboxWaits waits,
            SandboxChecks checks,
            RunningCheckpoints running,
            Volumes volumes,
            RepeatableRequests requests) {
        this.sessions = sessions;
        this.transitions = transitions;
        this.work = work;
        this.waits = waits;
        this.checks = checks;
        this.running = running;
        this.volumes = volumes;
        this.requests = requests;
    }

    /** Those of a session's volume, newest first; none of an ephemeral one. */
    public List<KeptCheckpoint> list(Caller caller, String reference) {
        return volumes.ofSandbox(sessions.get(caller, reference).sandbox().id())
                .map(volume -> volumes.checkpoints(volume.id()))
                .orElse(List.of());
    }

    /**
     * Makes one now. A sandbox that runs goes on; of one that is stopped the newest is answered, which holds everything.
     *
     * @param key the request's {@code Idempotency-Key}, if it has one
     * @throws SandkeepException {@code sandbox_not_persistent}, {@code sandbox_not_running} when there is nothing to answer, {@code
     *     checkpoint_running}, or why it could not be made
     */
    public KeptCheckpoint create(Caller caller, String reference, @Nullable String key) {
        Sandbox row = sessions.get(caller, reference).sandbox();
        SandboxChecks.requireNotDeleted(row);
        SandboxChecks.requirePersistent(row);
        checks.requireHere(row);
        Volume volume = volumes.ofSandbox(row.id()).orElseThrow(() -> SandboxChecks.notRunning(row));
        return switch (row.state()) {
            case RUNNING -> ofRunning(caller, row, volume, key);
            case STOPPED ->
                volumes.checkpoints(volume.id()).stream().findFirst().orElseThrow(() -> SandboxChecks.notRunning(row));
            case PENDING, STARTING, STOPPING, FAILED, DELETED -> throw SandboxChecks.notRunning(row);
        };
    }

    private KeptCheckpoint ofRunning(Caller caller, Sandbox row, Volume volume, @Nullable String key) {
        AtomicReference<@Nullable CheckpointId> begun = new AtomicReference<>();
        String id = requests.once(caller, key, "POST /sessions/checkpoints", row.id(), () -> {
            CheckpointId checkpoint = volumes.nextCheckpoint();
            running.begin(row, volume, checkpoint);
            begun.set(checkpoint);
            return checkpoint.value();
        });
        CheckpointId checkpoint = begun.get();
        if (checkpoint == null) {
            // An earlier request with the key has begun it: it is there, or nothing had been written, or it failed.
            return volumes.checkpoints(volume.id()).stream()
                    .filter(it -> it.point().checkpoint().value().compareTo(id) <= 0)
                    .findFirst()
                    .orElseThrow(() -> SandkeepException.notFound("checkpoint", id));
        }
        DurablePoint point = running.make(caller, row, volume, checkpoint, CheckpointKind.MANUAL);
        return find(volume, point);
    }

    /** As soon as no other one is being made: that one may have begun before what is to be in this one was written. */
    private KeptCheckpoint ofRunning(Caller caller, Sandbox row, Volume volume) throws InterruptedException {
        long until = System.nanoTime() + Sessions.PATIENCE.toNanos();
        while (true) {
            try {
                return ofRunning(caller, row, volume, null);
            } catch (SandkeepException refused) {
                Duration left = Duration.ofNanos(until - System.nanoTime());
                if (refused.code() != ProblemCode.CHECKPOINT_RUNNING || !left.isPositive()) {
                    throw refused;
                }
                Sandbox now = waits.await(row, left, it -> !volumes.checkpointing(it.id()));
                if (now.state() != SandboxState.RUNNING || now.generation() != row.generation()) {
                    throw SandboxChecks.notRunning(now);
                }
            }
        }
    }

    private KeptCheckpoint find(Volume volume, DurablePoint point) {
        return volumes.checkpoints(volume.id()).stream()
                .filter(it -> it.point().checkpoint().equals(point.checkpoint()))
                .findFirst()
                .orElseThrow(() -> SandkeepException.notFound(
                        "checkpoint", point.checkpoint().value()));
    }

    /**
     * A checkpoint that holds what a sandbox has now: of one that runs a new one is made, else it is the newest.
     *
     * @throws SandkeepException {@code sandbox_not_running} when there is none
     */
    CheckpointId present(Caller caller, Sandbox row, Volume volume) throws InterruptedException {
        if (row.state() == SandboxState.RUNNING) {
            try {
                return ofRunning(caller, row, volume).point().checkpoint();
            } catch (SandkeepException refused) {
                if (refused.code() != ProblemCode.SANDBOX_NOT_RUNNING) {
                    throw refused;
                }
            }
        }
        return volumes.checkpoints(volume.id()).stream()
                .findFirst()
                .map(it -> it.point().checkpoint())
                .orElseThrow(() -> SandboxChecks.notRunning(waits.read(row)));
    }

    /**
     * Takes a stopped sandbox back to a checkpoint, and waits for it. What it holds now stays a checkpoint. When it cannot be
     * done, the answer says why, in the sandbox's failure.
     *
     * @throws SandkeepException {@code not_found}, {@code sandbox_not_persistent}, {@code sandbox_not_stopped}, {@code
     *     sandbox_busy}
     */
    public SessionDetails rollback(Caller caller, String reference, String checkpoint, @Nullable String key)
            throws InterruptedException {
        Sandbox row = sessions.get(caller, reference).sandbox();
        AtomicReference<@Nullable Sandbox> begun = new AtomicReference<>();
        try {
            requests.once(caller, key, "POST /sessions/rollback", row.id() + " " + checkpoint, () -> {
                Sandbox wished = wish(caller, row, checkpoint);
                begun.set(wished);
                return wished.upkeep().rollback().orElseThrow().as().value();
            });
        } catch (SandboxMoved moved) {
            throw SandboxChecks.busy(waits.read(row), "changed by somebody else");
        }
        Sandbox wished = begun.get();
        if (wished == null) {
            waits.await(row, Sessions.PATIENCE, it -> it.upkeep().rollback().isEmpty());
        } else {
            work.begin(wished).await(Sessions.PATIENCE);
        }
        return sessions.get(caller, row.sessionId());
    }

    private Sandbox wish(Caller caller, Sandbox row, String checkpoint) {
        SandboxChecks.requireNotDeleted(row);
        SandboxChecks.requirePersistent(row);
        checks.requireHere(row);
        if (row.state() != SandboxState.STOPPED) {
            throw SandboxChecks.notStopped(row);
        }
        if (!SandboxWaits.settled(row)
                || row.upkeep().rollback().isPresent()
                || row.upkeep().replaceWished()) {
            throw SandboxChecks.busy(
                    row, row.upkeep().rollback().isPresent() ? "being rolled back" : "being worked on");
        }
        Volume volume = volumes.ofSandbox(row.id()).orElseThrow(() -> SandboxChecks.notStopped(row));
        CheckpointId to =
                volumes.requireCheckpoint(volume.id(), checkpoint).point().checkpoint();
        return transitions.wishRollback(caller, row, new Upkeep.Rollback(to, volumes.nextCheckpoint(), caller.actor()));
    }
}
