package dev.sandkeep.server.snapshots;

import dev.sandkeep.server.computes.Compute;
import dev.sandkeep.server.computes.ComputeLedger;
import dev.sandkeep.server.events.Change;
import dev.sandkeep.server.events.EventLog;
import dev.sandkeep.server.platform.Signals;
import dev.sandkeep.server.platform.errors.ProblemCode;
import dev.sandkeep.server.platform.security.Caller;
import dev.sandkeep.server.platform.telemetry.Metrics;
import dev.sandkeep.server.platform.telemetry.Traces;
import dev.sandkeep.server.profiles.Profiles;
import dev.sandkeep.server.profiles.RuntimePlan;
import dev.sandkeep.spi.ProviderException;
import dev.sandkeep.spi.SandboxProvider;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Works on one job: one attempt at it, and what becomes of the job when that ends. An attempt that ends without a snapshot
 * leaves no compute, as far as the provider can be asked; the sweep does the rest.
 */
final class SnapshotJobRunner {
    /** Attempts at a job that fails with something worth another one. */
    static final int MOST_ATTEMPTS = 3;

    private static final Logger LOG = LoggerFactory.getLogger(SnapshotJobRunner.class);
    /** How long a job waits before it looks again whether its organization may have another build. */
    private static final Duration UNTIL_ROOM = Duration.ofSeconds(2);

    private static final Duration CLEAN_UP_PATIENCE = Duration.ofSeconds(30);

    private final ClaimJob claimJob;
    private final SnapshotBuild build;
    private final MeasureSnapshot measureSnapshot;
    private final SnapshotJobStore jobs;
    private final ComputeLedger computes;
    private final SandboxProvider provider;
    private final Profiles profiles;
    private final TransactionTemplate transactions;
    private final EventLog events;
    private final JobEndings endings;
    private final Signals signals;
    private final Metrics metrics;
    private final Traces traces;
    private final SnapshotSettings settings;
    private final Clock clock;

    SnapshotJobRunner(
            ClaimJob claimJob,
            SnapshotBuild build,
            MeasureSnapshot measureSnapshot,
            SnapshotJobStore jobs,
            ComputeLedger computes,
            SandboxProvider provider,
            Profiles profiles,
            TransactionTemplate transactions,
            EventLog events,
            JobEndings endings,
            Signals signals,
            Metrics metrics,
            Traces traces,
            SnapshotSettings settings,
            Clock clock) {
        this.claimJob = claimJob;
        this.build = build;
        this.measureSnapshot = measureSnapshot;
        this.jobs = jobs;
        this.computes = computes;
        this.provider = provider;
        this.profiles = profiles;
        this.transactions = transactions;
        this.events = events;
        this.endings = endings;
        this.signals = signals;
        this.metrics = metrics;
        this.traces = traces;
        this.settings = settings;
        this.clock = clock;
    }

    /** How an attempt ended. */
    private sealed interface End {
        /** With a usable snapshot. */
        record Swapped() implements End {}

        /** Without one, for a reason to show. */
        record Failed(ProblemCode code, String message, OptionalInt exitCode, boolean retryable, List<String> lastLines)
                implements End {}

        /** A newer attempt exists, or the job is over: nothing of this one counts. */
        record Fenced() implements End {}

        /** The server stops. */
        record Interrupted() implements End {}
    }

    /**
     * Makes an attempt.
     *
     * @return when to come again; empty when the job is over
     */
    Optional<Instant> run(String jobId) {
        Optional<SnapshotJob> job = jobs.find(jobId);
        if (job.isEmpty()) {
            return Optional.empty();
        }
        @Nullable RuntimePlan plan = null;
        String unreadable = "";
        try {
            plan = plan(job.get());
        } catch (RuntimeException e) {
            LOG.error("event=plan_unreadable job={}", jobId, e);
            unreadable = "The plan cannot be read: " + e.getMessage();
        }
        Duration setupTimeout = plan == null ? Duration.ZERO : Duration.ofSeconds(plan.setupTimeoutSeconds());
        return switch (claimJob.run(jobId, setupTimeout)) {
            case ClaimJob.Over over -> {
                cleanUp(jobId);
                jobs.cleaned(jobId);
                yield Optional.empty();
            }
            case ClaimJob.NoRoom full -> Optional.of(clock.instant().plus(UNTIL_ROOM));
            case ClaimJob.Claimed claimed -> {
                Attempt attempt = claimed.attempt();
                LOG.info("event=snapshot_attempt_started job={} attempt={}", jobId, attempt.number());
                End end = plan == null
                        ? new End.Failed(ProblemCode.PLAN_INVALID, unreadable, OptionalInt.empty(), false, List.of())
                        : attempt(claimed, plan);
                yield conclude(claimed, end);
            }
        };
    }

    private RuntimePlan plan(SnapshotJob job) {
        return job.trigger() == SnapshotTrigger.SETUP_TEST
                ? RuntimePlan.parse(jobs.plan(job.id()).orElseThrow())
                : profiles.plan(job.profileId(), job.version());
    }

    private End attempt(ClaimJob.Claimed claimed, RuntimePlan plan) {
        if (claimed.end().isPresent()) {
            return failed(claimed.end().get(), List.of());
        }
        Attempt attempt = claimed.attempt();
        try (JobLog log =
                        new JobLog(jobs, attempt, JobLog.LogMost.ofMebibytes(settings.logLimitMib()), clock, signals);
                JobGuard guard = new JobGuard(attempt, jobs, storage(), settings.reserveBytes(), signals, clock);
                PhaseTimes phases = new PhaseTimes(metrics, traces, attempt)) {
            BuildShell shell = new BuildShell(provider, attempt.compute(), log);
            End end = build(new Build(attempt, plan, log, shell, phases), guard);
            say(log, phases, end);
            return end;
        }
    }

    private End build(Build steps, JobGuard guard) {
        Attempt attempt = steps.attempt();
        JobLog log = steps.log();
        try {
            return build.run(steps, guard) ? new End.Swapped() : new End.Fenced();
        } catch (StepFailed failure) {
            guard.close();
            if (guard.cause().isPresent()) {
                return stopped(guard.cause().get(), log);
            }
            if (guard.storageIsFull()) {
                return failed(ProblemCode.STORAGE_FULL, log.lastLines());
            }
            return new End.Failed(
                    failure.code(),
                    String.valueOf(failure.getMessage()),
                    failure.exitCode(),
                    failure.retryable(),
                    log.lastLines());
        } catch (InterruptedException e) {
            guard.close();
            return guard.cause().map(cause -> stopped(cause, log)).orElseGet(End.Interrupted::new);
        } catch (RuntimeException e) {
            guard.close();
            if (guard.cause().isPresent()) {
                return stopped(guard.cause().get(), log);
            }
            LOG.error("event=snapshot_attempt_broken job={} attempt={}", attempt.jobId(), attempt.number(), e);
            return new End.Failed(
                    ProblemCode.INTERNAL_ERROR,
                    "The server made a mistake: " + e.getClass().getSimpleName() + ".",
                    OptionalInt.empty(),
                    true,
                    log.lastLines());
        }
    }

    private End stopped(JobGuard.Cause cause, JobLog log) {
        return switch (cause) {
            case CANCELED -> failed(ProblemCode.CANCELED, log.lastLines());
            case DEADLINE -> failed(ProblemCode.JOB_TIMEOUT, log.lastLines());
            case STORAGE_FULL -> failed(ProblemCode.STORAGE_FULL, log.lastLines());
            case FENCED -> new End.Fenced();
        };
    }

    private End.Failed failed(ProblemCode code, List<String> lastLines) {
        String message = switch (code) {
            case STORAGE_FULL ->
                "Less than " + (settings.reserveBytes() >> 20) + " MiB are free at " + settings.storage() + ".";
            case JOB_LOST -> "The server that worked on the job died, " + ClaimJob.MOST_LOST + " times.";
            default -> code.sentence();
        };
        return new End.Failed(code, message, OptionalInt.empty(), false, lastLines);
    }

    private static void say(JobLog log, PhaseTimes phases, End end) {
        try {
            switch (end) {
                case End.Failed failed -> {
                    phases.failed(failed.code().code());
                    log.system("Failed (" + failed.code().code() + "): " + failed.message());
                }
                case End.Interrupted interrupted -> log.system("The server stops; another attempt will follow");
                case End.Swapped swapped -> {}
                case End.Fenced fenced -> {}
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Optional<Instant> conclude(ClaimJob.Claimed claimed, End end) {
        Attempt attempt = claimed.attempt();
        return switch (end) {
            case End.Swapped swapped -> {
                jobs.enter(attempt, Phase.CLEAN_UP);
                jobs.find(attempt.jobId()).flatMap(SnapshotJob::snapshotId).ifPresent(measureSnapshot::run);
                cleanUp(attempt.jobId());
                jobs.leave(attempt);
                jobs.cleaned(attempt.jobId());
                yield Optional.empty();
            }
            case End.Failed failed -> {
                cleanUp(attempt.jobId());
                boolean again = failed.retryable() && claimed.retries() + 1 < MOST_ATTEMPTS;
                yield again ? retry(attempt, claimed.retries(), failed) : fail(attempt, failed);
            }
            case End.Fenced fenced -> {
                LOG.info("event=snapshot_attempt_fenced job={} attempt={}", attempt.jobId(), attempt.number());
                yield stillToDo(attempt);
            }
            case End.Interrupted interrupted -> {
                jobs.closeForRetry(attempt, "server_stopped", false);
                yield Optional.of(clock.instant());
            }
        };
    }

    /**
     * The swap was refused. Either a newer attempt has the job, and with it the scheduled work, or somebody asked for a
     * cancellation that only an attempt can carry out: this one does, if it still may.
     */
    private Optional<Instant> stillToDo(Attempt attempt) {
        SnapshotJobStore.Watch row = jobs.watch(attempt);
        if (row.mine() && row.cancelRequested()) {
            cleanUp(attempt.jobId());
            return fail(attempt, failed(ProblemCode.CANCELED, List.of()));
        }
        return Optional.empty();
    }

    /** Destroys what is left of all attempts at a job. What cannot be destroyed now is left to the sweep. */
    private void cleanUp(String jobId) {
        boolean interrupted = Thread.interrupted();
        long until = System.nanoTime() + CLEAN_UP_PATIENCE.toNanos();
        for (Compute left : computes.left(jobId)) {
            interrupted |= !destroy(left, until);
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean destroy(Compute left, long until) {
        try {
            while (true) {
                try {
                    ProviderCalls.call("destroy", () -> provider.destroy(left.id()));
                    computes.destroyed(left.id());
                    return true;
                } catch (ProviderException e) {
                    LOG.warn("event=compute_left compute={} cause=\"{}\"", left.id(), e.getMessage());
                    if (System.nanoTime() > until) {
                        return true;
                    }
                    Thread.sleep(Duration.ofSeconds(1));
                }
            }
        } catch (InterruptedException e) {
            return false;
        }
    }

    private Optional<Instant> retry(Attempt attempt, int retries, End.Failed failed) {
        Instant at = clock.instant().plus(settings.firstBackoff().multipliedBy(1L << retries));
        boolean closed = inTransaction(() -> {
            boolean moved = jobs.closeForRetry(attempt, failed.code().code(), true);
            if (moved) {
                events.append(
                        Caller.system(attempt.organization()),
                        Change.of("snapshot_job", attempt.jobId(), "attempt_failed")
                                .code(failed.code().code())
                                .detail(failed.message())
                                .alsoAbout(attempt.profileId()));
            }
            return moved;
        });
        LOG.warn(
                "event=snapshot_attempt_failed job={} attempt={} code={} again_at={} cause=\"{}\"",
                attempt.jobId(),
                attempt.number(),
                failed.code().code(),
                at,
                failed.message());
        return closed ? Optional.of(at) : Optional.empty();
    }

    private Optional<Instant> fail(Attempt attempt, End.Failed failed) {
        SnapshotJobState state =
                failed.code() == ProblemCode.CANCELED ? SnapshotJobState.CANCELED : SnapshotJobState.FAILED;
        Optional<String> phase = jobs.find(attempt.jobId()).flatMap(SnapshotJob::phase);
        JobFailure failure = new JobFailure(
                failed.code().code(),
                phase,
                failed.message(),
                failed.exitCode(),
                failed.lastLines(),
                failed.code().nextStep());
        inTransaction(() -> {
            jobs.leave(attempt);
            boolean moved = jobs.end(attempt, state, failure);
            if (moved) {
                endings.failed(
                        Caller.system(attempt.organization()), attempt.end(state), SnapshotJobState.RUNNING, failure);
            }
            return moved;
        });
        LOG.warn(
                "event=snapshot_job_{} job={} code={} phase={} cause=\"{}\"",
                state.text().toLowerCase(Locale.ROOT),
                attempt.jobId(),
                failure.code(),
                phase.orElse("none"),
                failure.message());
        return Optional.empty();
    }

    private boolean inTransaction(java.util.function.BooleanSupplier work) {
        return Objects.requireNonNull(transactions.<Boolean>execute(status -> work.getAsBoolean()));
    }

    private FileStore storage() {
        try {
            return Files.getFileStore(settings.storage());
        } catch (IOException e) {
            throw new java.io.UncheckedIOException("the file system of " + settings.storage() + " is not known", e);
        }
    }
}
