package dev.sandkeep.server.schedules;

import dev.sandkeep.server.events.Change;
import dev.sandkeep.server.events.EventLog;
import dev.sandkeep.server.platform.security.Caller;
import dev.sandkeep.server.snapshots.JobEnd;
import dev.sandkeep.server.snapshots.JobEndListener;
import dev.sandkeep.server.snapshots.SnapshotJobState;
import dev.sandkeep.server.snapshots.SnapshotTrigger;
import java.time.Clock;
import org.springframework.stereotype.Component;

/** Holds a schedule whose refreshes fail again and again, and lets it go when one of the version succeeds. */
@Component
class HoldAfterFailures implements JobEndListener {
    private final RefreshScheduleStore store;
    private final EventLog events;
    private final Clock clock;

    HoldAfterFailures(RefreshScheduleStore store, EventLog events, Clock clock) {
        this.store = store;
        this.events = events;
        this.clock = clock;
    }

    @Override
    public void ended(JobEnd end) {
        store.lock(end.profileId())
                .filter(schedule -> schedule.version() == end.version())
                .ifPresent(schedule -> ended(schedule, end));
    }

    @Override
    public void profileDeleted(String profileId) {
        store.delete(profileId);
    }

    private void ended(RefreshSchedule schedule, JobEnd end) {
        boolean fine = end.state() == SnapshotJobState.SUCCEEDED || end.state() == SnapshotJobState.SKIPPED;
        if (fine && schedule.failures() > 0) {
            store.released(
                    schedule.profileId(),
                    schedule.held().isPresent() ? schedule.times().next(clock.instant()) : schedule.nextAt());
            if (schedule.held().isPresent()) {
                tell(schedule, end, "schedule_released", end.jobId() + " succeeded");
            }
        } else if (end.state() == SnapshotJobState.FAILED && end.trigger() == SnapshotTrigger.SCHEDULED_REFRESH) {
            store.failed(schedule.profileId(), end.jobId());
            if (schedule.held().isEmpty() && schedule.failures() + 1 == RefreshSchedule.MOST_FAILURES) {
                tell(
                        schedule,
                        end,
                        "schedule_held",
                        RefreshSchedule.MOST_FAILURES + " scheduled refreshes in a row have failed, the last is "
                                + end.jobId());
            }
        }
    }

    private void tell(RefreshSchedule schedule, JobEnd end, String action, String detail) {
        events.append(
                Caller.system(schedule.organization()),
                Change.of("profile", schedule.profileId(), action)
                        .detail("version " + schedule.version() + ": " + detail)
                        .alsoAbout(end.jobId()));
    }
}
