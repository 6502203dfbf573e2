package dev.sandkeep.server.snapshots;

import dev.sandkeep.server.computes.ComputeLedger;
import dev.sandkeep.server.computes.ComputeState;
import dev.sandkeep.server.events.Change;
import dev.sandkeep.server.events.EventLog;
import dev.sandkeep.server.platform.Ids;
import dev.sandkeep.server.platform.Signals;
import dev.sandkeep.server.platform.errors.ProblemCode;
import dev.sandkeep.server.platform.security.Caller;
import dev.sandkeep.server.platform.telemetry.Metric;
import dev.sandkeep.server.platform.telemetry.Metrics;
import dev.sandkeep.spi.ImageId;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Takes a job for this server: adds one to the attempt, which fences every earlier one, and names what the attempt will make.
 * An attempt is also what ends a job that must not go on, because only then is nobody else working on it.
 */
final class ClaimJob {
    /** Attempts whose server may die under them. */
    static final int MOST_LOST = 3;

    private final SnapshotJobStore jobs;
    private final ComputeLedger computes;
    private final TransactionTemplate transactions;
    private final EventLog events;
    private final Signals signals;
    private final Metrics metrics;
    private final Ids ids;
    private final SnapshotSettings settings;
    private final String server;
    private final String dataDirectory;
    private final Clock clock;

    ClaimJob(
            SnapshotJobStore jobs,
            ComputeLedger computes,
            TransactionTemplate transactions,
            EventLog events,
            Signals signals,
            Metrics metrics,
            Ids ids,
            SnapshotSettings settings,
            String server,
            String dataDirectory,
            Clock clock) {
        this.jobs = jobs;
        this.computes = computes;
        this.transactions = transactions;
        this.events = events;
        this.signals = signals;
        this.metrics = metrics;
        this.ids = ids;
        this.settings = settings;
        this.server = server;
        this.dataDirectory = dataDirectory;
        this.clock = clock;
    }

    /** What became of the wish to take a job. */
    sealed interface Outcome {}

    /**
     * It was taken.
     *
     * @param retries how many attempts before it ended with something worth another one
     * @param end why the attempt must do nothing but clean up and end the job; empty when it may build
     */
    record Claimed(Attempt attempt, int retries, Optional<ProblemCode> end) implements Outcome {}

    /** It is over. */
    record Over() implements Outcome {}

    /** Its organization has as many builds that run as it may have: it stays queued. */
    record NoRoom() implements Outcome {}

    /**
     * Takes the job.
     *
     * @param setupTimeout what the plan allows its setup script
     */
    Outcome run(String jobId, Duration setupTimeout) {
        return Objects.requireNonNull(transactions.execute(status -> jobs.lock(jobId)
                .filter(row -> !row.state().over())
                .map(row -> waits(row) ? new NoRoom() : claim(jobId, row, setupTimeout))
                .orElseGet(Over::new)));
    }

    /** What is only to be ended needs no room. */
    private boolean waits(SnapshotJobStore.ClaimRow row) {
        return row.state() == SnapshotJobState.QUEUED
                && end(row, row.lost()).isEmpty()
                && !jobs.mayBegin(row.organization());
    }

    private Claimed claim(String jobId, SnapshotJobStore.ClaimRow row, Duration setupTimeout) {
        int lost = row.attemptOpen() ? row.lost() + 1 : row.lost();
        Instant deadline = row.state() == SnapshotJobState.QUEUED
                ? clock.instant().plus(settings.buildTimeout()).plus(setupTimeout)
                : row.deadline();
        Attempt attempt = new Attempt(
                jobId,
                row.attempt() + 1,
                row.organization(),
                row.profileId(),
                row.version(),
                row.trigger(),
                row.options(),
                new ImageId(ids.next(Ids.Kind.SNAPSHOT)),
                deadline,
                row.lines(),
                row.lineBytes());
        jobs.begin(attempt, lost, server);
        computes.plan(attempt.compute(), dataDirectory, ComputeState.PLANNED, Optional.empty());
        events.append(
                Caller.system(row.organization()),
                Change.of("snapshot_job", jobId, row.attempt() == 0 ? "started" : "taken_over")
                        .from(row.state().text())
                        .to("running")
                        .detail("attempt " + attempt.number() + " on server " + server)
                        .alsoAbout(row.profileId()));
        if (row.attemptOpen()) {
            metrics.count(Metric.LEASES_TAKEN_OVER, "snapshot_job");
        }
        signals.raise(jobId);
        return new Claimed(attempt, row.retries(), end(row, lost));
    }

    private Optional<ProblemCode> end(SnapshotJobStore.ClaimRow row, int lost) {
        if (row.cancelRequested()) {
            return Optional.of(ProblemCode.CANCELED);
        }
        if (row.deadline().isBefore(clock.instant())) {
            return Optional.of(ProblemCode.JOB_TIMEOUT);
        }
        return lost >= MOST_LOST ? Optional.of(ProblemCode.JOB_LOST) : Optional.empty();
    }
}
