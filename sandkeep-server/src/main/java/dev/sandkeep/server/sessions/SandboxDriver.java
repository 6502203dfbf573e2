package dev.sandkeep.server.sessions;

import dev.sandkeep.server.computes.ComputeLedger;
import dev.sandkeep.server.computes.ComputeState;
import dev.sandkeep.server.platform.security.Caller;
import dev.sandkeep.server.platform.telemetry.Traces;
import dev.sandkeep.server.volumes.Volumes;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * Brings a row whose lease this server holds to rest: does for each state what is to be done in it, until nothing is and no
 * wish is open. It makes no difference whether the row comes from a request, from a dead server or from a sweep.
 */
final class SandboxDriver {
    private final StartSandbox start;
    private final StopSandbox stop;
    private final DeleteSandbox delete;
    private final RollbackVolume rollback;
    private final SandboxTransitions transitions;
    private final ComputeLedger computes;
    private final Volumes volumes;
    private final StartSlots slots;
    private final SandboxMeter meter;
    private final Clock clock;

    SandboxDriver(
            StartSandbox start,
            StopSandbox stop,
            DeleteSandbox delete,
            RollbackVolume rollback,
            SandboxTransitions transitions,
            ComputeLedger computes,
            Volumes volumes,
            StartSlots slots,
            SandboxMeter meter,
            Clock clock) {
        this.start = start;
        this.stop = stop;
        this.delete = delete;
        this.rollback = rollback;
        this.transitions = transitions;
        this.computes = computes;
        this.volumes = volumes;
        this.slots = slots;
        this.meter = meter;
        this.clock = clock;
    }

    /** What is needed to work on {@code row}, read anew. */
    Task load(Sandbox row) {
        boolean proven = computes.find(row.compute())
                .map(compute -> compute.state() != ComputeState.PLANNED)
                .orElse(false);
        return new Task(row, row.persistent() ? volumes.ofSandbox(row.id()) : Optional.empty(), proven);
    }

    /**
     * Works until the row is at rest.
     *
     * @param slot one that was taken for the start already; given back when the row has started
     * @throws SandboxMoved when somebody else moved the row; nothing more may be done
     */
    Sandbox drive(Task given, Optional<StartSlots.Slot> slot) throws InterruptedException {
        Task task = given;
        long since = System.nanoTime();
        try {
            while (true) {
                Sandbox row = task.sandbox();
                Sandbox moved;
                try (Traces.Span span = meter.open(row)) {
                    moved = switch (row.state()) {
                        case PENDING -> {
                            slot = waitForSlot(row);
                            yield slot.isPresent() ? transitions.admit(row) : transitions.overdue(row);
                        }
                        case STARTING -> {
                            slot = slot.isPresent() ? slot : waitForSlot(row);
                            Sandbox started = slot.isPresent() ? start.run(task) : transitions.overdue(row);
                            slot.ifPresent(StartSlots.Slot::close);
                            slot = Optional.empty();
                            yield started;
                        }
                        case RUNNING -> fulfilWish(row);
                        case STOPPING -> stop.run(task);
                        case STOPPED -> atRest(task);
                        case FAILED -> row.deleteWished() ? delete.run(task) : row;
                        case DELETED -> row;
                    };
                    meter.moved(row, moved, since, span);
                }
                // A start is timed from its wait for a slot on; everything else for itself.
                since = row.state() == SandboxState.PENDING ? since : System.nanoTime();
                if (moved.rowVersion() == row.rowVersion()
                        || (moved.state().atRest() && moved.leaseOwner().isEmpty())) {
                    return moved;
                }
                task = load(moved);
            }
        } finally {
            slot.ifPresent(StartSlots.Slot::close);
        }
    }

    private Sandbox atRest(Task task) throws InterruptedException {
        Sandbox row = task.sandbox();
        if (row.deleteWished()) {
            return delete.run(task);
        }
        if (row.upkeep().rollback().isPresent()) {
            return rollback.run(task);
        }
        if (row.upkeep().replaceWished()) {
            try {
                return transitions.replace(row).sandbox();
            } catch (SandboxMoved takenBack) {
                // Either somebody else has the row, which letting go finds out, or the wish is not there any more.
                return transitions.letGo(row);
            }
        }
        return row;
    }

    private Sandbox fulfilWish(Sandbox row) {
        if (row.stopWish().isEmpty() && !row.deleteWished()) {
            return row;
        }
        return transitions.stop(
                Caller.system(row.organization()),
                row,
                row.stopWish().orElse(StopReason.USER),
                Duration.ofMillis(row.stopGraceMillis()));
    }

    private Optional<StartSlots.Slot> waitForSlot(Sandbox row) throws InterruptedException {
        Instant deadline = row.deadline().orElseGet(clock::instant);
        return slots.take(Duration.between(clock.instant(), deadline));
    }
}
