package dev.sandkeep.server.schedules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.sandkeep.server.events.EventLog;
import dev.sandkeep.server.platform.data.DataDirectory;
import dev.sandkeep.server.platform.errors.ProblemCode;
import dev.sandkeep.server.platform.errors.SandkeepException;
import dev.sandkeep.server.platform.security.Caller;
import dev.sandkeep.server.platform.web.PageRequest;
import dev.sandkeep.server.profiles.ProfileVersions;
import dev.sandkeep.server.profiles.Profiles;
import dev.sandkeep.server.snapshots.RefreshOptions;
import dev.sandkeep.server.snapshots.SnapshotJob;
import dev.sandkeep.server.snapshots.SnapshotJobState;
import dev.sandkeep.server.snapshots.SnapshotJobs;
import dev.sandkeep.server.snapshots.SnapshotTrigger;
import dev.sandkeep.server.testing.AtOnce;
import dev.sandkeep.server.testing.SandboxLab;
import dev.sandkeep.server.testing.ServerTest;
import dev.sandkeep.server.testing.SettableClock;
import dev.sandkeep.server.testing.TestServer;
import dev.sandkeep.spi.faults.Fault;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.transaction.support.TransactionTemplate;

/** Time passes by the settable clock; whoever looks at it is called by hand. */
@ServerTest
class RefreshSchedulesTest {
    private static final Duration HOUR = Duration.ofHours(1);

    @Autowired
    TestServer server;

    @Autowired
    SandboxLab lab;

    @Autowired
    RefreshSchedules schedules;

    @Autowired
    RefreshScheduleStore store;

    @Autowired
    RefreshTicks ticks;

    @Autowired
    SnapshotJobs jobs;

    @Autowired
    Profiles profiles;

    @Autowired
    ProfileVersions versions;

    @Autowired
    TransactionTemplate transactions;

    @Autowired
    EventLog events;

    @Autowired
    DataDirectory data;

    @Autowired
    SettableClock clock;

    private Caller caller = new Caller("", "");
    private String profile = "";

    @BeforeEach
    void aProfileThatIsRefreshedEveryHour() {
        caller = server.newOrganization().caller();
        profile = lab.usable(caller);
        set("0 * * * *");
    }

    @AfterEach
    void offAgain() {
        lab.host().faults().heal("provider.start");
        schedules.set(caller, profile, new RefreshSchedules.Wanted(false, "0 * * * *", null, false));
        lab.assertNothingLeaks();
    }

    @Test
    void a_tick_that_is_due_queues_one_job() {
        Instant due = schedule().nextAt().orElseThrow();
        SnapshotJob job = nextTick();
        assertThat(job.trigger()).isEqualTo(SnapshotTrigger.SCHEDULED_REFRESH);
        assertThat(job.state()).isEqualTo(SnapshotJobState.SUCCEEDED);
        assertThat(newestTick())
                .isEqualTo(new ScheduleTick(
                        schedule().profileId(), due, 1, ScheduleTick.Outcome.QUEUED, job.id(), Optional.empty()));
        assertThat(schedule().nextAt()).contains(due.plus(HOUR));
    }

    @Test
    void nothing_is_due_before_its_time() {
        ticks.run();
        assertThat(ticksOf()).isEmpty();
    }

    @Test
    void of_many_servers_that_look_at_the_clock_at_once_one_queues_the_job() throws InterruptedException {
        clock.advance(HOUR);
        List<RefreshTicks> servers = IntStream.range(0, 6)
                .mapToObj(number -> new RefreshTicks(store, jobs, versions, transactions, events, data, clock))
                .toList();
        AtOnce.call(servers.stream()
                .<Callable<Boolean>>map(one -> () -> {
                    one.run();
                    return true;
                })
                .toList());
        assertThat(scheduledJobs()).hasSize(1);
        assertThat(ticksOf()).hasSize(1);
        lab.ended(caller, scheduledJobs().getFirst().id());
    }

    @Test
    void ticks_that_nobody_was_up_for_are_one() {
        Instant due = schedule().nextAt().orElseThrow();
        clock.advance(Duration.ofHours(5));
        ticks.run();
        ticks.run();
        assertThat(scheduledJobs()).hasSize(1);
        ScheduleTick tick = newestTick();
        assertThat(tick.firstMissedAt()).contains(due);
        assertThat(tick.at()).isEqualTo(due.plus(HOUR.multipliedBy(4)));
        assertThat(schedule().nextAt()).contains(tick.at().plus(HOUR));
        lab.ended(caller, tick.jobId());
    }

    @Test
    void a_tick_that_finds_a_job_active_is_recorded_as_skipped() throws InterruptedException {
        lab.host().faults().onNext("provider.start", Fault.HANG, dev.sandkeep.spi.ProviderException.Kind.FAULT);
        String active =
                jobs.refresh(caller, null, profile, 1, RefreshOptions.DEFAULT).id();
        await().atMost(SandboxLab.PATIENCE).until(() -> lab.host().faults().hanging() > 0);
        clock.advance(HOUR);
        ticks.run();
        assertThat(newestTick().outcome()).isEqualTo(ScheduleTick.Outcome.SKIPPED);
        assertThat(newestTick().jobId()).isEqualTo(active);
        assertThat(scheduledJobs()).isEmpty();
        assertThat(schedule().nextAt())
                .hasValueSatisfying(next -> assertThat(next).isAfter(clock.instant()));
        jobs.cancel(caller, active);
        lab.host().faults().release();
    }

    @Test
    void three_failures_in_a_row_hold_the_schedule_until_a_refresh_by_hand_succeeds() {
        for (int failure = 1; failure <= RefreshSchedule.MOST_FAILURES; failure++) {
            assertThat(schedule().held()).isEmpty();
            assertThat(failingTick().state()).isEqualTo(SnapshotJobState.FAILED);
        }
        RefreshSchedule.Hold hold = schedule().held().orElseThrow();
        assertThat(hold.jobId()).isEqualTo(scheduledJobs().getFirst().id());
        assertThat(schedules.nextRuns(schedule(), 5)).isEmpty();
        clock.advance(HOUR);
        ticks.run();
        assertThat(scheduledJobs()).as("a held schedule does not run").hasSize(RefreshSchedule.MOST_FAILURES);

        lab.ended(
                caller,
                jobs.refresh(caller, null, profile, 1, RefreshOptions.DEFAULT).id());
        assertThat(schedule().held()).isEmpty();
        assertThat(schedule().failures()).isZero();
        assertThat(schedule().nextAt())
                .as("what was due meanwhile is not made up for")
                .hasValueSatisfying(next -> assertThat(next).isAfter(clock.instant()));
        assertThat(nextTick().state()).isEqualTo(SnapshotJobState.SUCCEEDED);
    }

    @Test
    void a_success_in_between_begins_the_count_anew() {
        failingTick();
        failingTick();
        assertThat(schedule().failures()).isEqualTo(2);
        nextTick();
        assertThat(schedule().failures()).isZero();
        failingTick();
        assertThat(schedule().held()).isEmpty();
    }

    @Test
    void publishing_carries_the_schedule_over_to_the_new_version() {
        lab.publishAgain(caller, profile, SandboxLab.spec());
        lab.ended(caller, lab.newestJob(caller, profile).id());
        assertThat(nextTick().version()).isEqualTo(2);
    }

    @Test
    void a_schedule_that_is_off_does_not_run() {
        schedules.set(caller, profile, new RefreshSchedules.Wanted(false, "0 * * * *", null, false));
        clock.advance(HOUR);
        ticks.run();
        assertThat(scheduledJobs()).isEmpty();
    }

    @Test
    void what_cannot_be_a_schedule_is_refused_with_every_mistake() {
        assertThatThrownBy(
                        () -> schedules.set(caller, profile, new RefreshSchedules.Wanted(true, "often", "Mars", false)))
                .isInstanceOfSatisfying(SandkeepException.class, problem -> {
                    assertThat(problem.code()).isEqualTo(ProblemCode.VALIDATION_FAILED);
                    assertThat(problem.errors())
                            .extracting(it -> it.field())
                            .containsExactlyInAnyOrder("cron", "timeZone");
                });
        assertThatThrownBy(() -> set("0 0 30 2 *")).hasMessageContaining("never due");
    }

    @Test
    void another_organization_sees_no_schedule() {
        Caller other = server.newOrganization().caller();
        assertThatThrownBy(() -> schedules.find(other, profile))
                .isInstanceOfSatisfying(
                        SandkeepException.class,
                        problem -> assertThat(problem.code()).isEqualTo(ProblemCode.NOT_FOUND));
    }

    // ------------------------------------------------------------------------------------------ fixture

    private void set(String cron) {
        schedules.set(caller, profile, new RefreshSchedules.Wanted(true, cron, null, false));
    }

    private RefreshSchedule schedule() {
        return schedules.find(caller, profile).orElseThrow();
    }

    private List<ScheduleTick> ticksOf() {
        return schedules.ticks(schedule(), 10);
    }

    private ScheduleTick newestTick() {
        return ticksOf().getFirst();
    }

    private SnapshotJob nextTick() {
        clock.advance(HOUR);
        ticks.run();
        return lab.ended(caller, newestTick().jobId());
    }

    private SnapshotJob failingTick() {
        lab.host().faults().onNext("provider.start", Fault.FAIL_BEFORE, dev.sandkeep.spi.ProviderException.Kind.FAULT);
        return nextTick();
    }

    private List<SnapshotJob> scheduledJobs() {
        return jobs
                .list(caller, Optional.of(profile), Optional.empty(), new PageRequest(50, Optional.empty()))
                .items()
                .stream()
                .filter(job -> job.trigger() == SnapshotTrigger.SCHEDULED_REFRESH)
                .toList();
    }
}
