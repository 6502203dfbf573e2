package dev.sandkeep.server.sessions;

import dev.sandkeep.server.platform.errors.ProblemCode;
import dev.sandkeep.server.platform.errors.SandkeepException;
import dev.sandkeep.server.profiles.RuntimePlan;
import dev.sandkeep.server.volumes.Volume;
import dev.sandkeep.server.volumes.VolumeHold;
import dev.sandkeep.server.volumes.Volumes;
import dev.sandkeep.spi.ComputeId;
import dev.sandkeep.spi.ComputeSpec;
import dev.sandkeep.spi.DurablePoint;
import dev.sandkeep.spi.ImageId;
import dev.sandkeep.spi.ProviderException;
import dev.sandkeep.spi.SandboxProvider;
import dev.sandkeep.spi.StartOutcome;
import dev.sandkeep.spi.VolumeMount;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.json.JsonMapper;

/**
 * {@code starting → running}, for the first generation and for every later one. Can be run again from the top by anyone who
 * holds the lease.
 *
 * <ol>
 *   <li>Every older generation is proven dead and detached; on the usual way the rows prove it already.
 *   <li>The volume is attached.
 *   <li>The compute is started, with the lifecycle report.
 * </ol>
 */
final class StartSandbox {
    private static final Logger LOG = LoggerFactory.getLogger(StartSandbox.class);
    /** For cleaning up after a failed start, beyond the start's own deadline. */
    private static final Duration CLEAN_UP_PATIENCE = Duration.ofSeconds(10);

    private final SandboxProvider provider;
    private final Volumes volumes;
    private final PastGenerations past;
    private final SandboxPlans plans;
    private final Lifetimes lifetimes;
    private final SandboxTransitions transitions;
    private final Effects effects;
    private final JsonMapper json;
    private final Clock clock;

    StartSandbox(
            SandboxProvider provider,
            Volumes volumes,
            PastGenerations past,
            SandboxPlans plans,
            Lifetimes lifetimes,
            SandboxTransitions transitions,
            Effects effects,
            JsonMapper json,
            Clock clock) {
        this.provider = provider;
        this.volumes = volumes;
        this.past = past;
        this.plans = plans;
        this.lifetimes = lifetimes;
        this.transitions = transitions;
        this.effects = effects;
        this.json = json;
        this.clock = clock;
    }

    /** Brings the row to {@code running}, or gives the start up. */
    Sandbox run(Task given) throws InterruptedException {
        Progress progress = new Progress(given);
        try {
            if (!given.pastProven()) {
                progress.task = past.prove(given, row -> progress.task = progress.task.with(row));
            }
            List<VolumeMount> mounts = List.of();
            Optional<DurablePoint> base = Optional.empty();
            if (progress.task.volume().isPresent()) {
                VolumeHold.Held held = attach(progress);
                mounts = held.mounts();
                base = held.base();
            }
            Sandbox row = progress.task.sandbox();
            Instant now = clock.instant();
            Schedule schedule = lifetimes.schedule(row, now);
            String lifecycle = Lifecycle.of(
                            row,
                            plans.of(row),
                            progress.task.volume(),
                            base,
                            schedule.expiresAt(),
                            lifetimes.onExpiry(row),
                            now)
                    .json(json);
            StartOutcome.Started started = start(progress, mounts, lifecycle);
            if (started.adopted()) {
                // It was started by somebody who did not come to say so, and told what held then.
                effects.make(
                        row,
                        deadline(row),
                        () -> provider.putRunFile(started.compute().id(), Lifecycle.FILE, lifecycle));
            }
            return transitions.started(row, started.compute().startedAt(), lifecycle, schedule);
        } catch (SandkeepException | ProviderException | Effects.Unanswered failure) {
            return giveUp(
                    progress, Effects.failure(failure, ProblemCode.COMPUTE_START_FAILED, ProblemCode.START_TIMEOUT));
        } catch (Refusal refusal) {
            return giveUp(progress, refusal.failure);
        }
    }

    /** How far it came, which decides what a failure has to clean up. */
    private static final class Progress {
        private Task task;
        private boolean volumeAsked;
        private boolean volumeRefused;

        private Progress(Task task) {
            this.task = task;
        }
    }

    /** The provider will not start it, with a code of its own. */
    private static final class Refusal extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private final transient Failure failure;

        private Refusal(Failure failure) {
            super(failure.message());
            this.failure = failure;
        }
    }

    private VolumeHold.Held attach(Progress progress) throws InterruptedException {
        while (true) {
            Sandbox row = progress.task.sandbox();
            Volume volume = progress.task.volume().orElseThrow();
            progress.volumeAsked = true;
            VolumeHold hold;
            try {
                hold = effects.make(row, deadline(row), () -> volumes.attach(volume, row.generation()));
            } catch (SandkeepException refused) {
                progress.volumeRefused = true;
                throw refused;
            }
            switch (hold) {
                case VolumeHold.Held held -> {
                    return held;
                }
                case VolumeHold.HeldByOlder older -> {
                    LOG.warn(
                            "event=volume_held_by_older sandbox={} volume={} generation={}",
                            row.id(),
                            volume.id(),
                            older);
                    Sandbox proven = past.free(row, volume, older.generation());
                    progress.task = new Task(proven, volumes.ofSandbox(row.id()), true);
                }
            }
        }
    }

    private StartOutcome.Started start(Progress progress, List<VolumeMount> mounts, String lifecycle)
            throws InterruptedException {
        Sandbox row = progress.task.sandbox();
        RuntimePlan plan = plans.of(row);
        ComputeSpec spec = new ComputeSpec(
                row.compute(),
                new ImageId(row.snapshotId()),
                plan.limits().forProvider(),
                plan.environment(),
                mounts,
                Map.of(Lifecycle.FILE, lifecycle));
        return switch (effects.make(row, deadline(row), () -> provider.start(spec))) {
            case StartOutcome.Started started -> started;
            case StartOutcome.ImageMissing missing ->
                throw new SandkeepException(
                        ProblemCode.SNAPSHOT_IMAGE_MISSING,
                        "The image of snapshot " + missing.image() + " is not on this machine any more.");
            case StartOutcome.Fenced fenced ->
                throw new SandkeepException(
                        ProblemCode.GENERATION_FENCED,
                        "The provider has seen generation " + fenced.newestGeneration() + " of sandbox " + row.id()
                                + " and refuses generation " + row.generation() + ".");
            case StartOutcome.Refused refused ->
                throw new Refusal(
                        new Failure(refused.code(), refused.reason(), ProblemCode.COMPUTE_START_FAILED.nextStep()));
        };
    }

    /** Leaves no compute and no held volume behind, as far as that can be proven now; sweeps do the rest. */
    private Sandbox giveUp(Progress progress, Failure failure) throws InterruptedException {
        Sandbox row = progress.task.sandbox();
        LOG.warn(
                "event=sandbox_start_failed sandbox={} generation={} code={} cause={}",
                row.id(),
                row.generation(),
                failure.code(),
                failure.message());
        Instant until = clock.instant().plus(CLEAN_UP_PATIENCE);
        // A generation that is only planned was never asked for; of any other, an earlier worker may have been the one
        // who did.
        boolean computeGone = !progress.task.pastProven() || destroyed(row, row.compute(), until);
        VolumeEnd end = volumeEnd(progress, computeGone, until);
        return transitions.startFailed(progress.task, failure, computeGone, end);
    }

    private boolean destroyed(Sandbox row, ComputeId compute, Instant until) throws InterruptedException {
        try {
            effects.end(row, until, () -> provider.destroy(compute));
            return true;
        } catch (Effects.Unanswered unanswered) {
            LOG.warn("event=compute_left compute={} cause={}", compute, unanswered.getMessage());
            return false;
        }
    }

    private VolumeEnd volumeEnd(Progress progress, boolean computeGone, Instant until) throws InterruptedException {
        Sandbox row = progress.task.sandbox();
        if (progress.task.volume().isEmpty()) {
            return new VolumeEnd.NotHeld();
        }
        if (!progress.volumeAsked || progress.volumeRefused) {
            // Either nothing was asked of the backend, or it said that it changed nothing.
            return progress.task.pastProven() ? new VolumeEnd.NotHeld() : new VolumeEnd.Unknown();
        }
        if (!computeGone) {
            return new VolumeEnd.Unknown();
        }
        Volume volume = progress.task.volume().get();
        try {
            return new VolumeEnd.Committed(effects.end(row, until, () -> volumes.detach(volume, row.generation())));
        } catch (SandkeepException | Effects.Unanswered left) {
            LOG.warn(
                    "event=volume_left volume={} generation={} cause={}",
                    volume.id(),
                    row.generation(),
                    left.getMessage());
            return new VolumeEnd.Unknown();
        }
    }

    private Instant deadline(Sandbox row) {
        return row.deadline().orElseGet(clock::instant);
    }
}
