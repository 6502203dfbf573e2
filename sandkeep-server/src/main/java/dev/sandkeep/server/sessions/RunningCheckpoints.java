package dev.sandkeep.server.sessions;

import dev.sandkeep.server.events.Change;
import dev.sandkeep.server.events.EventLog;
import dev.sandkeep.server.platform.Signals;
import dev.sandkeep.server.platform.errors.ProblemCode;
import dev.sandkeep.server.platform.errors.SandkeepException;
import dev.sandkeep.server.platform.security.Caller;
import dev.sandkeep.server.volumes.CheckpointKind;
import dev.sandkeep.server.volumes.Volume;
import dev.sandkeep.server.volumes.Volumes;
import dev.sandkeep.spi.CheckpointId;
import dev.sandkeep.spi.ComputeId;
import dev.sandkeep.spi.DurablePoint;
import dev.sandkeep.spi.Pause;
import dev.sandkeep.spi.PauseOutcome;
import dev.sandkeep.spi.ProviderException;
import dev.sandkeep.spi.SandboxProvider;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Makes checkpoints of sandboxes that go on running. Intent first: the volume's row names the checkpoint and who makes it, so that
 * one is made at a time, and that a pause which nobody answers for is found and ended.
 */
final class RunningCheckpoints {
    private static final Logger LOG = LoggerFactory.getLogger(RunningCheckpoints.class);
    /** How long a server that lives is believed to be making one. */
    private static final Duration BELIEVED = Duration.ofHours(1);

    private final SandboxProvider provider;
    private final Volumes volumes;
    private final SandboxStore sandboxes;
    private final Lifetimes lifetimes;
    private final TransactionTemplate transactions;
    private final EventLog events;
    private final Signals signals;
    private final SandboxMeter meter;
    private final String server;
    private final Clock clock;
    private final Set<String> inBackground = ConcurrentHashMap.newKeySet();

    RunningCheckpoints(
            SandboxProvider provider,
            Volumes volumes,
            SandboxStore sandboxes,
            Lifetimes lifetimes,
            TransactionTemplate transactions,
            EventLog events,
            Signals signals,
            SandboxMeter meter,
            String server,
            Clock clock) {
        this.provider = provider;
        this.volumes = volumes;
        this.sandboxes = sandboxes;
        this.lifetimes = lifetimes;
        this.transactions = transactions;
        this.events = events;
        this.signals = signals;
        this.meter = meter;
        this.server = server;
        this.clock = clock;
    }

    /**
     * Notes that one is about to be made. Part of the caller's transaction.
     *
     * @throws SandkeepException {@code checkpoint_running}
     */
    void begin(Sandbox row, Volume volume, CheckpointId checkpoint) {
        if (!volumes.noteCheckpointBegun(
                volume.id(),
                row.generation(),
                checkpoint,
                server,
                clock.instant().plus(BELIEVED))) {
            throw new SandkeepException(
                    ProblemCode.CHECKPOINT_RUNNING,
                    "A checkpoint of sandbox " + row.id() + " is being made, or it is about to stop.");
        }
    }

    /**
     * Makes the one that was {@linkplain #begin begun}.
     *
     * @return the durable point from then on; an earlier checkpoint when nothing was written since
     * @throws SandkeepException {@code sandbox_not_running}, {@code storage_full}, {@code unavailable}, {@code provider_fault} or
     *     with a {@code volume_…} code; the sandbox goes on as before
     */
    DurablePoint make(Caller caller, Sandbox row, Volume volume, CheckpointId checkpoint, CheckpointKind kind) {
        long since = System.nanoTime();
        boolean made = false;
        try {
            DurablePoint point = volumes.checkpoint(volume, row.generation(), checkpoint, pause(row));
            transactions.executeWithoutResult(status -> {
                volumes.noteCheckpoint(volume.id(), row.generation(), point, kind, caller.actor(), Optional.empty());
                events.append(
                        caller,
                        Change.of("sandbox", row.id(), "checkpointed")
                                .detail(kind.text() + ", " + point.checkpoint().value() + ", sequence "
                                        + point.sequence())
                                .alsoAbout(row.sessionId()));
            });
            signals.raise(row.id());
            made = true;
            return point;
        } catch (ProviderException failure) {
            SandkeepException problem = Sessions.problem(failure);
            failed(caller, row, problem);
            throw problem;
        } catch (SandkeepException refused) {
            failed(caller, row, refused);
            throw refused;
        } finally {
            meter.checkpointed(kind.text(), made, since);
            volumes.noteCheckpointOver(volume.id(), checkpoint);
        }
    }

    private void failed(Caller caller, Sandbox row, SandkeepException problem) {
        LOG.warn(
                "event=checkpoint_failed sandbox={} code={} cause=\"{}\"",
                row.id(),
                problem.code().code(),
                problem.getMessage());
        transactions.executeWithoutResult(status -> events.append(
                caller,
                Change.of("sandbox", row.id(), "checkpoint_failed")
                        .code(problem.code().code())
                        .detail(String.valueOf(problem.getMessage()))
                        .alsoAbout(row.sessionId())));
    }

    private Pause pause(Sandbox row) {
        ComputeId compute = row.compute();
        boolean staysFrozen = row.upkeep().quotaFrozenAt().isPresent();
        return new Pause() {
            @Override
            public void begin() {
                PauseOutcome outcome = provider.pause(compute);
                if (outcome == PauseOutcome.NOT_RUNNING || outcome == PauseOutcome.MISSING) {
                    throw new SandkeepException(
                            ProblemCode.SANDBOX_NOT_RUNNING,
                            "Compute " + compute + " ended before the checkpoint was made.");
                }
            }

            @Override
            public void end() {
                if (!staysFrozen) {
                    provider.unpause(compute);
                }
            }
        };
    }

    /** Begins to make one whose time has come, unless one is being made; the next is due an interval later. */
    void makeDue(Sandbox row) {
        if (!inBackground.add(row.id())) {
            return;
        }
        Thread.ofVirtual().name("checkpoint-" + row.id()).start(() -> {
            try {
                makeNow(row);
            } catch (SandkeepException told) {
                LOG.debug("event=checkpoint_skipped sandbox={}", row.id(), told);
            } catch (RuntimeException e) {
                LOG.warn("event=checkpoint_suspended sandbox={} cause=\"{}\"", row.id(), e.getMessage());
            } finally {
                inBackground.remove(row.id());
            }
        });
    }

    private void makeNow(Sandbox row) {
        Optional<java.time.Instant> next = lifetimes
                .checkpointInterval(row)
                .map(interval -> clock.instant().plus(interval));
        Optional<Volume> volume = volumes.ofSandbox(row.id());
        if (volume.isEmpty() || !sandboxes.checkpointDue(row, next)) {
            return;
        }
        CheckpointId checkpoint = volumes.nextCheckpoint();
        transactions.executeWithoutResult(status -> begin(row, volume.get(), checkpoint));
        make(Caller.system(row.organization()), row, volume.get(), checkpoint, CheckpointKind.INTERVAL);
    }
}
