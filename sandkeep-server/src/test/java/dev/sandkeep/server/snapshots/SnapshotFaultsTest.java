package dev.sandkeep.server.snapshots;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandkeep.server.platform.security.Caller;
import dev.sandkeep.server.profiles.Profiles;
import dev.sandkeep.server.testing.CrashPlan;
import dev.sandkeep.server.testing.SandboxLab;
import dev.sandkeep.server.testing.ServerTest;
import dev.sandkeep.server.testing.SettableClock;
import dev.sandkeep.server.testing.TestServer;
import dev.sandkeep.spi.ProviderException;
import dev.sandkeep.spi.faults.Fault;
import java.time.Duration;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.beans.factory.annotation.Autowired;

/** Whatever goes wrong at any call of a build: the job ends as it should, the older snapshot serves, nothing is left. */
@ServerTest
class SnapshotFaultsTest {
    private static final String[] CALLS = {
        "provider.ensureBaseImage",
        "provider.start",
        "provider.exec",
        "provider.stop",
        "provider.visitChanges",
        "provider.capture",
        "provider.destroy"
    };

    @Autowired
    TestServer server;

    @Autowired
    SandboxLab lab;

    @Autowired
    SnapshotJobs jobs;

    @Autowired
    Snapshots snapshots;

    @Autowired
    Profiles profiles;

    @Autowired
    SettableClock clock;

    private Caller caller = new Caller("", "");
    private String profile = "";
    private String before = "";

    @BeforeEach
    void aProfileWithASnapshot() {
        caller = server.newOrganization().caller();
        profile = lab.usable(caller, SandboxLab.text("setupScript", "echo made > /opt/made"));
        lab.assertNothingLeaks();
        before = usable();
    }

    @AfterEach
    void nothingLeaks() {
        lab.host().faults().release();
        healEveryCall();
        lab.host().crashes().clear();
        lab.assertNothingLeaks();
    }

    private void healEveryCall() {
        for (String call : CALLS) {
            lab.host().faults().heal(call);
        }
    }

    static Stream<Arguments> everyCallAndFault() {
        return Stream.of(CALLS)
                .flatMap(call -> Stream.of(Fault.FAIL_BEFORE, Fault.FAIL_AFTER, Fault.LOSE_ANSWER, Fault.ANSWER_TWICE)
                        .map(fault -> Arguments.of(call, fault)));
    }

    @ParameterizedTest(name = "{1} at {0}")
    @MethodSource("everyCallAndFault")
    void a_fault_worth_a_retry_does_not_fail_the_job(String call, Fault fault) {
        lab.host().faults().onNext(call, fault, ProviderException.Kind.UNAVAILABLE);

        SnapshotJob job = refresh();

        assertThat(job.state()).as("%s", job.failure()).isEqualTo(SnapshotJobState.SUCCEEDED);
        assertThat(usable()).isEqualTo(job.snapshotId().orElseThrow()).isNotEqualTo(before);
    }

    static Stream<Arguments> everyCallBeforeTheSwap() {
        return Stream.of(CALLS)
                .filter(call -> !call.equals("provider.destroy"))
                .flatMap(
                        call -> Stream.of(Fault.FAIL_BEFORE, Fault.FAIL_AFTER).map(fault -> Arguments.of(call, fault)));
    }

    @ParameterizedTest(name = "{1} at {0}")
    @MethodSource("everyCallBeforeTheSwap")
    void a_fault_for_good_fails_the_job_and_the_old_snapshot_serves(String call, Fault fault) {
        lab.host().faults().onNext(call, fault, ProviderException.Kind.FAULT);

        SnapshotJob job = refresh();

        assertThat(job.state()).isEqualTo(SnapshotJobState.FAILED);
        assertThat(job.attempt()).isEqualTo(1);
        assertThat(usable()).isEqualTo(before);
        assertThat(lab.host().provider().listComputes())
                .noneMatch(id -> id.sandbox().equals(job.id()));
    }

    @ParameterizedTest(name = "hang at {0}")
    @MethodSource("everyHang")
    void a_call_that_hangs_is_left_when_the_job_is_canceled(String call) throws InterruptedException {
        lab.host().faults().onNext(call, Fault.HANG, ProviderException.Kind.FAULT);
        String id =
                jobs.refresh(caller, null, profile, 1, RefreshOptions.DEFAULT).id();
        await().atMost(SandboxLab.PATIENCE).until(() -> lab.host().faults().hanging() > 0);

        SnapshotJob job = jobs.cancel(caller, id);

        assertThat(job.state()).isEqualTo(SnapshotJobState.CANCELED);
        assertThat(usable()).isEqualTo(before);
    }

    static Stream<String> everyHang() {
        return Stream.of(CALLS).filter(call -> !call.equals("provider.destroy"));
    }

    static Stream<Arguments> everyCrash() {
        return Stream.of(CALLS)
                .flatMap(call -> Stream.of(CrashPlan.When.values()).map(when -> Arguments.of(call, when)));
    }

    @ParameterizedTest(name = "crash {1} {0}")
    @MethodSource("everyCrash")
    void a_server_that_dies_at_any_call_is_followed_by_another_attempt(String call, CrashPlan.When when) {
        lab.host().crashes().onNext(call, when);
        String id =
                jobs.refresh(caller, null, profile, 1, RefreshOptions.DEFAULT).id();
        await().atMost(SandboxLab.PATIENCE).until(() -> !lab.host().crashes().pending());

        // The scheduler hears of the error, which a killed server's would not; it tries again a little later.
        SnapshotJob job = lab.endedByAnotherAttempt(caller, id);
        assertThat(job.state()).as("%s", job.failure()).isEqualTo(SnapshotJobState.SUCCEEDED);
        assertThat(usable()).isEqualTo(job.snapshotId().orElseThrow());
    }

    @Test
    void what_an_attempt_captured_before_its_server_died_is_adopted_and_not_built_again() {
        lab.host().crashes().onNext("provider.capture", CrashPlan.When.AFTER);
        String id =
                jobs.refresh(caller, null, profile, 1, RefreshOptions.DEFAULT).id();
        await().atMost(SandboxLab.PATIENCE).until(() -> !lab.host().crashes().pending());
        int starts = lab.host().provider().starts();

        assertThat(lab.endedByAnotherAttempt(caller, id).state()).isEqualTo(SnapshotJobState.SUCCEEDED);
        assertThat(lab.host().provider().starts()).isEqualTo(starts);
    }

    @Test
    void a_job_whose_server_dies_three_times_is_lost() {
        lab.host().crashes().onEvery("provider.exec", CrashPlan.When.BEFORE);
        String job =
                jobs.refresh(caller, null, profile, 1, RefreshOptions.DEFAULT).id();

        await().atMost(SandboxLab.PATIENCE).pollInterval(Duration.ofMillis(200)).until(() -> {
            clock.advance(Duration.ofSeconds(6));
            return jobs.get(caller, job).state().over();
        });

        assertThat(jobs.get(caller, job).failure())
                .hasValueSatisfying(failure -> assertThat(failure.code()).isEqualTo("job_lost"));
        lab.host().crashes().clear();
        assertThat(usable()).isEqualTo(before);
    }

    private SnapshotJob refresh() {
        return lab.ended(
                caller,
                jobs.refresh(caller, null, profile, 1, RefreshOptions.DEFAULT).id());
    }

    private String usable() {
        return snapshots
                .requireUsable(profiles.find(caller, profile), OptionalInt.empty())
                .id();
    }
}
