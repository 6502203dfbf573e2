package dev.sandkeep.server.api;

import dev.sandkeep.server.schedules.RefreshSchedule;
import dev.sandkeep.server.schedules.RefreshSchedules;
import dev.sandkeep.server.schedules.ScheduleTick;
import org.springframework.stereotype.Component;

/** Shows schedules with their next runs and their last ticks. */
@Component
class ScheduleViews {
    private static final int NEXT_RUNS = 5;
    private static final int LAST_TICKS = 10;

    private final RefreshSchedules schedules;

    ScheduleViews(RefreshSchedules schedules) {
        this.schedules = schedules;
    }

    ScheduleView of(RefreshSchedule schedule) {
        return new ScheduleView(
                schedule.profileId(),
                schedule.version(),
                schedule.enabled(),
                schedule.cron(),
                schedule.zone().getId().equals("Z") ? "UTC" : schedule.zone().getId(),
                schedule.onlyIfChanged(),
                schedule.times().description(),
                schedules.nextRuns(schedule, NEXT_RUNS),
                schedule.failures(),
                schedule.held().map(ScheduleViews::held).orElse(null),
                schedules.ticks(schedule, LAST_TICKS).stream()
                        .map(ScheduleViews::tick)
                        .toList(),
                schedule.updatedAt());
    }

    private static ScheduleView.Held held(RefreshSchedule.Hold hold) {
        return new ScheduleView.Held(
                hold.since(),
                hold.jobId(),
                RefreshSchedule.MOST_FAILURES + " scheduled refreshes in a row have failed.",
                "See why: sandkeep snapshot log " + hold.jobId()
                        + "; a refresh by hand that succeeds lets the schedule run again.");
    }

    private static ScheduleView.Tick tick(ScheduleTick tick) {
        return new ScheduleView.Tick(
                tick.at(),
                tick.version(),
                tick.outcome().text(),
                tick.jobId(),
                tick.firstMissedAt().orElse(null));
    }
}
