package dev.sandkeep.server.schedules;

import dev.sandkeep.server.events.Change;
import dev.sandkeep.server.events.EventLog;
import dev.sandkeep.server.platform.data.DataDirectory;
import dev.sandkeep.server.platform.security.Caller;
import dev.sandkeep.server.profiles.ProfileVersions;
import dev.sandkeep.server.snapshots.RefreshOptions;
import dev.sandkeep.server.snapshots.SnapshotJobs;
import java.time.Clock;
import java.time.Instant;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Looks at the clock for schedules that are due. Any number of servers may do so at once: the row of the schedule is locked and
 * moved on in the transaction that queues the job. Ticks that were missed because nobody looked are one tick.
 */
public final class RefreshTicks {
    private static final Logger LOG = LoggerFactory.getLogger(RefreshTicks.class);

    private final RefreshScheduleStore store;
    private final SnapshotJobs jobs;
    private final ProfileVersions versions;
    private final TransactionTemplate transactions;
    private final EventLog events;
    private final DataDirectory data;
    private final Clock clock;

    RefreshTicks(
            RefreshScheduleStore store,
            SnapshotJobs jobs,
            ProfileVersions versions,
            TransactionTemplate transactions,
            EventLog events,
            DataDirectory data,
            Clock clock) {
        this.store = store;
        this.jobs = jobs;
        this.versions = versions;
        this.transactions = transactions;
        this.events = events;
        this.data = data;
        this.clock = clock;
    }

    /** Looks once. A schedule that makes trouble does not keep the others from their turn. */
    public void run() {
        for (String profile : store.due(data.installation())) {
            try {
                tick(profile);
            } catch (DuplicateKeyException simultaneous) {
                // Somebody queued a job between our look and our insert; now it is seen, and the tick is skipped.
                tick(profile);
            } catch (RuntimeException e) {
                LOG.warn("event=schedule_tick_failed profile={} cause=\"{}\"", profile, e.getMessage(), e);
            }
        }
    }

    private void tick(String profile) {
        transactions.executeWithoutResult(status -> store.lock(profile)
                .filter(this::isDue)
                .ifPresent(schedule -> tick(schedule, schedule.nextAt().orElseThrow())));
    }

    private boolean isDue(RefreshSchedule schedule) {
        return schedule.enabled()
                && schedule.held().isEmpty()
                && schedule.nextAt()
                        .filter(next -> !next.isAfter(clock.instant()))
                        .isPresent();
    }

    private void tick(RefreshSchedule schedule, Instant due) {
        Instant at = schedule.times().newestDue(due, clock.instant());
        if (!store.advance(schedule, schedule.times().next(at))) {
            return;
        }
        Caller system = Caller.system(schedule.organization());
        Optional<String> active = jobs.active(schedule.profileId(), schedule.version());
        String job = active.orElseGet(() -> jobs.scheduled(
                system,
                versions.get(system, schedule.profileId(), schedule.version()),
                at,
                new RefreshOptions(false, schedule.onlyIfChanged())));
        ScheduleTick.Outcome outcome = active.isPresent() ? ScheduleTick.Outcome.SKIPPED : ScheduleTick.Outcome.QUEUED;
        store.record(new ScheduleTick(
                schedule.profileId(),
                at,
                schedule.version(),
                outcome,
                job,
                due.equals(at) ? Optional.empty() : Optional.of(due)));
        if (active.isPresent()) {
            events.append(
                    system,
                    Change.of("profile", schedule.profileId(), "scheduled_refresh_skipped")
                            .code("snapshot_job_active")
                            .detail("version " + schedule.version() + ", " + job + " is queued or running")
                            .alsoAbout(job));
        }
        LOG.info("event=schedule_tick profile={} at={} outcome={} job={}", schedule.profileId(), at, outcome, job);
    }
}
