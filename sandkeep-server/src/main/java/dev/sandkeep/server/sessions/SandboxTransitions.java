package dev.sandkeep.server.sessions;

import dev.sandkeep.server.computes.ComputeLedger;
import dev.sandkeep.server.computes.ComputeState;
import dev.sandkeep.server.events.Change;
import dev.sandkeep.server.events.EventLog;
import dev.sandkeep.server.platform.Signals;
import dev.sandkeep.server.platform.errors.ProblemCode;
import dev.sandkeep.server.platform.security.Caller;
import dev.sandkeep.server.volumes.CheckpointKind;
import dev.sandkeep.server.volumes.Volume;
import dev.sandkeep.server.volumes.VolumeOrigin;
import dev.sandkeep.server.volumes.Volumes;
import dev.sandkeep.spi.ComputeId;
import dev.sandkeep.spi.DurablePoint;
import dev.sandkeep.spi.PersistedPath;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Every change of a sandbox's state: the row, its compute, its volume and the event, in one transaction each. All but
 * {@link #create} compare and set: when the row is not as it was read, nothing changes and {@link SandboxMoved} is thrown.
 */
final class SandboxTransitions {
    private final TransactionTemplate transactions;
    private final SandboxStore sandboxes;
    private final SessionStore sessions;
    private final ComputeLedger computes;
    private final Volumes volumes;
    private final EventLog events;
    private final Signals signals;
    private final SandboxLeases leases;
    private final SessionSettings settings;
    private final Clock clock;

    SandboxTransitions(
            TransactionTemplate transactions,
            SandboxStore sandboxes,
            SessionStore sessions,
            ComputeLedger computes,
            Volumes volumes,
            EventLog events,
            Signals signals,
            SandboxLeases leases,
            SessionSettings settings,
            Clock clock) {
        this.transactions = transactions;
        this.sandboxes = sandboxes;
        this.sessions = sessions;
        this.computes = computes;
        this.volumes = volumes;
        this.events = events;
        this.signals = signals;
        this.leases = leases;
        this.settings = settings;
        this.clock = clock;
    }

    /**
     * Records a session, its sandbox, the first generation, and its volume when it is persistent.
     *
     * @param origin where the volume's first content comes from
     */
    Task create(Caller caller, Session session, Sandbox row, List<PersistedPath> paths, VolumeOrigin origin) {
        return inTransaction(() -> {
            sessions.insert(session);
            sandboxes.insert(row);
            Optional<Volume> volume = row.persistent()
                    ? Optional.of(volumes.noteNew(row.organization(), row.id(), row.dataDirectory(), paths, origin))
                    : Optional.empty();
            computes.plan(row.compute(), row.dataDirectory(), ComputeState.STARTING, volume.map(Volume::id));
            events.append(
                    caller,
                    Change.of("session", session.id(), "created")
                            .to(row.state().text())
                            .detail(session.name() + ", " + row.mode().text() + origin.detail())
                            .alsoAbout(row.id()));
            row.fallback()
                    .ifPresent(fallback -> events.append(
                            caller,
                            Change.of("sandbox", row.id(), "persistence_fallback")
                                    .code(fallback.code())
                                    .detail(fallback.message())
                                    .alsoAbout(session.id())));
            return new Task(row, volume, true);
        });
    }

    /** {@code pending → starting}. */
    Sandbox admit(Sandbox row) {
        return move(
                row,
                sandboxes::admit,
                moved -> log(row, moved, Caller.system(row.organization()), "admitted", Optional.empty(), ""));
    }

    /** {@code starting → running}. */
    Sandbox started(Sandbox row, Instant startedAt, String lifecycle, Schedule schedule) {
        return move(row, it -> sandboxes.started(it, startedAt, lifecycle, schedule), moved -> {
            computes.move(row.compute(), ComputeState.RUNNING);
            log(
                    row,
                    moved,
                    Caller.system(row.organization()),
                    "started",
                    Optional.empty(),
                    "generation " + row.generation());
        });
    }

    /**
     * The start is given up: {@code starting → stopped} when there is something that was stopped before and nothing is
     * unknown about compute and volume, else {@code → failed}.
     */
    Sandbox startFailed(Task task, Failure failure, boolean computeGone, VolumeEnd end) {
        Sandbox row = task.sandbox();
        boolean asBefore = row.stoppedGeneration() > 0 && computeGone && !(end instanceof VolumeEnd.Unknown);
        return move(
                row,
                it -> asBefore ? sandboxes.stopped(it, Optional.of(failure)) : sandboxes.failed(it, failure),
                moved -> {
                    computes.move(row.compute(), ComputeState.STOPPING);
                    if (computeGone) {
                        computes.destroyed(row.compute());
                    }
                    note(task, end);
                    log(
                            row,
                            moved,
                            Caller.system(row.organization()),
                            "start_failed",
                            Optional.of(failure.code()),
                            failure.message());
                });
    }

    private void note(Task task, VolumeEnd end) {
        task.volume().ifPresent(volume -> {
            switch (end) {
                case VolumeEnd.NotHeld notHeld ->
                    volumes.noteRelease(volume.id(), task.sandbox().generation());
                case VolumeEnd.Committed committed ->
                    volumes.noteDetached(
                            volume.id(), task.sandbox().generation(), committed.point(), CheckpointKind.STOP);
                case VolumeEnd.Unknown unknown -> {}
            }
        });
    }

    /** {@code stopped|failed → starting} with the next generation. */
    Task resume(Caller caller, Sandbox row) {
        return nextGeneration(caller, row, false);
    }

    /** {@code stopped → starting} with the next generation, because the one before has expired and that is still wished for. */
    Task replace(Sandbox row) {
        return nextGeneration(Caller.system(row.organization()), row, true);
    }

    private Task nextGeneration(Caller caller, Sandbox row, boolean replacing) {
        return inTransaction(() -> {
            Sandbox moved = sandboxes
                    .resuming(
                            row,
                            replacing,
                            leases.owner(),
                            leases.until(),
                            clock.instant().plus(settings.startTimeout()))
                    .orElseThrow(() -> new SandboxMoved(row.id()));
            Optional<Volume> volume = volumes.ofSandbox(row.id());
            boolean proven = computes.left(row.id()).isEmpty()
                    && volume.map(it -> volumes.noteHold(it.id(), moved.generation()))
                            .orElse(true);
            computes.plan(
                    moved.compute(),
                    row.dataDirectory(),
                    proven ? ComputeState.STARTING : ComputeState.PLANNED,
                    volume.map(Volume::id));
            log(
                    row,
                    moved,
                    caller,
                    replacing ? "replacement_begun" : "resume_requested",
                    Optional.empty(),
                    "generation " + moved.generation());
            signals.raise(row.id());
            return new Task(moved, volumes.ofSandbox(row.id()), proven);
        });
    }

    /** Records that {@code dead}, an older generation, is gone from the host. */
    Sandbox olderDestroyed(Sandbox row, ComputeId dead) {
        return move(row, sandboxes::touch, moved -> computes.destroyed(dead));
    }

    /** Records what an older generation's detach committed. */
    Sandbox olderDetached(Sandbox row, Volume volume, int generation, DurablePoint point) {
        return move(
                row,
                sandboxes::touch,
                moved -> volumes.noteDetached(volume.id(), generation, point, CheckpointKind.STOP));
    }

    /** Every older generation is proven dead: this one may be started, and may hold the volume. */
    Task pastProven(Task task) {
        Sandbox row = task.sandbox();
        Sandbox touched = move(row, sandboxes::touch, moved -> {
            task.volume().ifPresent(volume -> {
                if (!volumes.noteHold(volume.id(), row.generation())) {
                    throw new SandboxMoved(row.id());
                }
            });
            computes.move(row.compute(), ComputeState.STARTING);
        });
        return new Task(touched, volumes.ofSandbox(row.id()), true);
    }

    /** {@code running → stopping}, taking the lease. */
    Sandbox stop(Caller caller, Sandbox row, StopReason reason, Duration grace) {
        return stop(caller, row, reason, false, grace);
    }

    /** {@code running → stopping}, because its compute expires. */
    Sandbox expire(Sandbox row, boolean replace) {
        return stop(Caller.system(row.organization()), row, StopReason.EXPIRED, replace, settings.systemGrace());
    }

    private Sandbox stop(Caller caller, Sandbox row, StopReason reason, boolean replace, Duration grace) {
        return move(
                row,
                it -> sandboxes.stopping(
                        it,
                        reason,
                        replace,
                        grace,
                        leases.owner(),
                        leases.until(),
                        clock.instant().plus(grace).plus(settings.stopTimeout())),
                moved -> {
                    computes.move(row.compute(), ComputeState.STOPPING);
                    log(
                            row,
                            moved,
                            caller,
                            "stop_requested",
                            Optional.of(reason.text()),
                            replace ? "to be replaced" : "");
                });
    }

    /** Its compute is dead and its volume committed; nothing is left to do but to remove files. */
    Sandbox committed(Task task, DurablePoint point) {
        Sandbox row = task.sandbox();
        return move(row, sandboxes::touch, moved -> {
            CheckpointKind kind = row.stopReason().equals(Optional.of(StopReason.EXPIRED))
                    ? CheckpointKind.EXPIRY
                    : CheckpointKind.STOP;
            task.volume().ifPresent(volume -> volumes.noteDetached(volume.id(), row.generation(), point, kind));
            computes.move(row.compute(), ComputeState.STOPPED);
        });
    }

    /** {@code stopping → stopped}; an ephemeral sandbox whose compute was lost has {@code failed}: its state is gone. */
    Sandbox stopped(Sandbox row) {
        boolean lost = row.stopReason().equals(Optional.of(StopReason.COMPUTE_LOST)) && !row.persistent();
        Failure failure = Failure.of(
                ProblemCode.COMPUTE_LOST,
                "Compute " + row.compute() + " is gone, and with it everything that was in this ephemeral sandbox.");
        return move(
                row, it -> lost ? sandboxes.failed(it, failure) : sandboxes.stopped(it, Optional.empty()), moved -> {
                    computes.destroyed(row.compute());
                    log(
                            row,
                            moved,
                            Caller.system(row.organization()),
                            lost ? "failed" : "stopped",
                            row.stopReason().map(StopReason::text),
                            lost ? failure.message() : "");
                });
    }

    /** {@code stopping → failed}: what should be durable cannot be shown to be. */
    Sandbox stopFailed(Sandbox row, Failure failure, boolean computeGone) {
        return move(row, it -> sandboxes.failed(it, failure), moved -> {
            if (computeGone) {
                computes.destroyed(row.compute());
            }
            log(
                    row,
                    moved,
                    Caller.system(row.organization()),
                    "stop_failed",
                    Optional.of(failure.code()),
                    failure.message());
        });
    }

    /** {@code pending|starting|stopping → failed}, because the time is up, whoever works on it. */
    Sandbox overdue(Sandbox row) {
        ProblemCode code = row.state() == SandboxState.STOPPING ? ProblemCode.STOP_TIMEOUT : ProblemCode.START_TIMEOUT;
        Failure failure = Failure.of(
                code, "Sandbox " + row.id() + " was still " + row.state().text() + " at its deadline.");
        return move(
                row,
                it -> sandboxes.failed(it, failure),
                moved -> log(
                        row,
                        moved,
                        Caller.system(row.organization()),
                        "timed_out",
                        Optional.of(failure.code()),
                        failure.message()));
    }

    /** Takes the lease of a row at rest, to fulfil a wish. */
    Sandbox lease(Sandbox row, Instant deadline) {
        return move(row, it -> sandboxes.lease(it, leases.owner(), leases.until(), deadline), moved -> {});
    }

    /**
     * Records the wish that it be deleted; false when it is deleted already.
     *
     * @param now whether its volume goes at once, without a grace period
     */
    boolean wishDelete(Caller caller, Sandbox row, boolean now) {
        return inTransaction(() -> {
            boolean wished = sandboxes.wishDelete(row.id(), now);
            if (wished && !row.deleteWished()) {
                events.append(
                        caller,
                        Change.of("session", row.sessionId(), "delete_requested")
                                .alsoAbout(row.id()));
                signals.raise(row.id());
            }
            return wished;
        });
    }

    /**
     * {@code stopped|failed → deleted}.
     *
     * @param keepUntil until when its volume is kept; empty when the backend answered that it is gone
     */
    Sandbox deleted(Task task, Optional<Instant> keepUntil) {
        Sandbox row = task.sandbox();
        return move(row, sandboxes::deleted, moved -> {
            task.volume()
                    .ifPresent(volume -> keepUntil.ifPresentOrElse(
                            until -> volumes.noteKeptUntil(volume.id(), until),
                            () -> volumes.noteDeleted(volume.id())));
            sessions.deleted(row.sessionId());
            log(
                    row,
                    moved,
                    Caller.system(row.organization()),
                    "deleted",
                    Optional.empty(),
                    keepUntil.map(until -> "volume kept until " + until).orElse(""));
        });
    }

    /**
     * {@code deleted → stopped}, while the volume is there.
     *
     * @return empty when the volume is gone, or going
     */
    Optional<Sandbox> undelete(Caller caller, Sandbox row, Volume volume, String name) {
        return inTransaction(() -> {
            if (!volumes.noteKept(volume.id())) {
                return Optional.empty();
            }
            Sandbox moved = sandboxes.undeleted(row).orElseThrow(() -> new SandboxMoved(row.id()));
            sessions.undeleted(row.sessionId(), name);
            log(row, moved, caller, "restored", Optional.empty(), name);
            signals.raise(row.id());
            return Optional.of(moved);
        });
    }

    // ---------------------------------------------------------------- import

    /** What it begins with is there: from now on it has the time of any other start. */
    Sandbox imported(Sandbox row) {
        return move(
                row,
                it -> sandboxes.lease(
                        it, leases.owner(), leases.until(), clock.instant().plus(settings.startTimeout())),
                moved -> log(row, moved, Caller.system(row.organization()), "imported", Optional.empty(), ""));
    }

    /** {@code pending → failed}: what it was to begin with did not come. */
    Sandbox importFailed(Sandbox row, Failure failure) {
        return move(
                row,
                it -> sandboxes.failed(it, failure),
                moved -> log(
                        row,
                        moved,
                        Caller.system(row.organization()),
                        "import_failed",
                        Optional.of(failure.code()),
                        failure.message()));
    }

    // ---------------------------------------------------------------- rollback

    /** Records the wish that a stopped sandbox go back to a checkpoint, and takes the lease. */
    Sandbox wishRollback(Caller caller, Sandbox row, Upkeep.Rollback rollback) {
        return move(
                row,
                it -> sandboxes.wishRollback(
                        it,
                        rollback,
                        leases.owner(),
                        leases.until(),
                        clock.instant().plus(settings.stopTimeout())),
                moved -> log(
                        row,
                        moved,
                        caller,
                        "rollback_requested",
                        Optional.empty(),
                        "to " + rollback.to().value()));
    }

    /** It is back: the content of the old checkpoint is the newest one. */
    Sandbox rolledBack(Task task, Upkeep.Rollback rollback, DurablePoint point) {
        Sandbox row = task.sandbox();
        return move(row, it -> sandboxes.rolledBack(it, Optional.empty()), moved -> {
            task.volume()
                    .ifPresent(volume -> volumes.noteCheckpoint(
                            volume.id(),
                            row.generation(),
                            point,
                            CheckpointKind.ROLLBACK,
                            rollback.by(),
                            Optional.of(rollback.to())));
            log(
                    row,
                    moved,
                    Caller.system(row.organization()),
                    "rolled_back",
                    Optional.empty(),
                    "to " + rollback.to().value() + " as " + point.checkpoint().value());
        });
    }

    /** It cannot be taken back, and is as it was. */
    Sandbox rollbackFailed(Sandbox row, Failure failure) {
        return move(
                row,
                it -> sandboxes.rolledBack(it, Optional.of(failure)),
                moved -> log(
                        row,
                        moved,
                        Caller.system(row.organization()),
                        "rollback_failed",
                        Optional.of(failure.code()),
                        failure.message()));
    }

    // ---------------------------------------------------------------- what happens to one that runs

    /** Records that something was noted about it, if that changed anything. */
    boolean note(
            Sandbox row, BooleanSupplier change, Caller caller, String action, Optional<String> code, String detail) {
        return inTransaction(() -> {
            boolean changed = change.getAsBoolean();
            if (changed) {
                log(row, row, caller, action, code, detail);
                signals.raise(row.id());
            }
            return changed;
        });
    }

    /** Lets go of a row whose wish could not be fulfilled now. */
    Sandbox letGo(Sandbox row) {
        return move(row, sandboxes::letGo, moved -> {});
    }

    private Sandbox move(
            Sandbox row,
            java.util.function.Function<Sandbox, Optional<Sandbox>> change,
            java.util.function.Consumer<Sandbox> rest) {
        return inTransaction(() -> {
            Sandbox moved = change.apply(row).orElseThrow(() -> new SandboxMoved(row.id()));
            rest.accept(moved);
            signals.raise(row.id());
            return moved;
        });
    }

    private void log(
            Sandbox before, Sandbox after, Caller caller, String action, Optional<String> code, String detail) {
        Change change = Change.of("sandbox", after.id(), action)
                .from(before.state().text())
                .to(after.state().text())
                .detail(detail)
                .alsoAbout(after.sessionId());
        events.append(caller, code.map(change::code).orElse(change));
    }

    private <T> T inTransaction(Supplier<T> work) {
        return Objects.requireNonNull(transactions.execute(status -> work.get()));
    }
}
