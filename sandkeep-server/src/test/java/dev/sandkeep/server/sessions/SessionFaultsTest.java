package dev.sandkeep.server.sessions;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandkeep.server.platform.security.Caller;
import dev.sandkeep.server.testing.CrashPlan;
import dev.sandkeep.server.testing.SandboxLab;
import dev.sandkeep.server.testing.ServerTest;
import dev.sandkeep.server.testing.SettableClock;
import dev.sandkeep.server.testing.TestServer;
import dev.sandkeep.spi.ProviderException;
import dev.sandkeep.spi.faults.Fault;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.beans.factory.annotation.Autowired;

/**
 * Whatever goes wrong at any call of create, stop and resume: the sandbox ends in a state that is true, what was durable stays,
 * and nothing is left.
 */
@ServerTest
class SessionFaultsTest {
    private static final List<String> START_CALLS = List.of("volume.provision", "volume.attach", "provider.start");
    private static final List<String> STOP_CALLS = List.of("provider.stop", "volume.detach", "provider.destroy");
    private static final List<String> RESUME_CALLS = List.of("volume.attach", "provider.start");
    private static final Duration LONGER_THAN_A_LEASE = Duration.ofSeconds(30);

    @Autowired
    TestServer server;

    @Autowired
    SandboxLab lab;

    @Autowired
    Sessions sessions;

    @Autowired
    SettableClock clock;

    private Caller caller = new Caller("", "");
    private String profile = "";

    @BeforeEach
    void aPersistentProfile() {
        caller = server.newOrganization().caller();
        profile = lab.persistent(caller);
        lab.assertNothingLeaks();
    }

    @AfterEach
    void nothingLeaks() {
        lab.host().faults().release();
        Stream.of(START_CALLS, STOP_CALLS, RESUME_CALLS)
                .flatMap(List::stream)
                .forEach(lab.host().faults()::heal);
        lab.host().crashes().clear();
        lab.assertNothingLeaks();
    }

    private static Stream<Arguments> faults(List<String> calls, Fault... faults) {
        return calls.stream().flatMap(call -> Stream.of(faults).map(fault -> Arguments.of(call, fault)));
    }

    private static Stream<Arguments> crashes(List<String> calls) {
        return calls.stream().flatMap(call -> Stream.of(CrashPlan.When.values()).map(when -> Arguments.of(call, when)));
    }

    // ------------------------------------------------------------------------------------------ create

    static Stream<Arguments> passingFaultsOfCreate() {
        return faults(START_CALLS, Fault.FAIL_BEFORE, Fault.FAIL_AFTER, Fault.LOSE_ANSWER, Fault.ANSWER_TWICE);
    }

    @ParameterizedTest(name = "{1} at {0}")
    @MethodSource("passingFaultsOfCreate")
    void a_create_goes_on_over_a_fault_that_passes(String call, Fault fault) throws InterruptedException {
        int starts = lab.host().provider().starts();
        lab.host().faults().onNext(call, fault, ProviderException.Kind.UNAVAILABLE);

        SessionDetails session = lab.start(caller, profile);

        assertThat(session.sandbox().state()).isEqualTo(SandboxState.RUNNING);
        assertThat(session.sandbox().generation()).isEqualTo(1);
        assertThat(lab.host().provider().starts()).isEqualTo(starts + 1);
    }

    static Stream<Arguments> lastingFaultsOfCreate() {
        return faults(START_CALLS, Fault.FAIL_BEFORE, Fault.FAIL_AFTER);
    }

    @ParameterizedTest(name = "{1} at {0}")
    @MethodSource("lastingFaultsOfCreate")
    void a_create_that_cannot_succeed_fails_and_leaves_nothing(String call, Fault fault) throws InterruptedException {
        lab.host().faults().onNext(call, fault, ProviderException.Kind.FAULT);

        SessionDetails session = lab.start(caller, profile);

        assertThat(session.sandbox().state()).isEqualTo(SandboxState.FAILED);
        assertThat(code(session)).isEqualTo("compute_start_failed");
        assertThat(lab.host().provider().listComputes())
                .doesNotContain(session.sandbox().compute());
        assertThat(sessions.resume(caller, id(session)).sandbox().state()).isEqualTo(SandboxState.RUNNING);
    }

    @ParameterizedTest(name = "crash {1} {0}")
    @MethodSource("crashesOfCreate")
    void a_create_whose_server_dies_is_finished_by_whoever_takes_it_over(String call, CrashPlan.When when)
            throws InterruptedException {
        lab.host().crashes().onNext(call, when);

        SessionDetails session = sessions.create(
                caller, null, new NewSession(profile, OptionalInt.empty(), Optional.empty()), Duration.ZERO);
        awaitCrash();
        assertThat(lab.now(caller, session).sandbox().state()).isEqualTo(SandboxState.STARTING);
        takeOver();

        assertThat(lab.settled(caller, session).sandbox().state()).isEqualTo(SandboxState.RUNNING);
        assertThat(lab.now(caller, session).sandbox().generation()).isEqualTo(1);
    }

    static Stream<Arguments> crashesOfCreate() {
        return crashes(START_CALLS);
    }

    @Test
    void a_start_that_hangs_ends_at_its_deadline_and_its_late_effect_is_undone() throws Exception {
        lab.host().faults().onNext("provider.start", Fault.HANG, ProviderException.Kind.FAULT);
        SessionDetails session = sessions.create(
                caller, null, new NewSession(profile, OptionalInt.empty(), Optional.empty()), Duration.ZERO);
        await().atMost(SandboxLab.PATIENCE).until(() -> lab.host().faults().hanging() > 0);

        clock.advance(Duration.ofMinutes(5));
        lab.reconcile();

        SessionDetails failed = lab.settled(caller, session);
        assertThat(failed.sandbox().state()).isEqualTo(SandboxState.FAILED);
        assertThat(code(failed)).isEqualTo("start_timeout");
        lab.host().faults().release();
    }

    @Test
    void a_caller_who_waits_no_longer_is_told_that_it_still_starts() throws Exception {
        lab.host().faults().onNext("provider.start", Fault.HANG, ProviderException.Kind.FAULT);

        SessionDetails session = sessions.create(
                caller, null, new NewSession(profile, OptionalInt.empty(), Optional.empty()), Duration.ofMillis(50));

        assertThat(session.sandbox().state()).isEqualTo(SandboxState.STARTING);
        await().atMost(SandboxLab.PATIENCE).until(() -> lab.host().faults().hanging() > 0);
        lab.host().faults().release();
        assertThat(lab.settled(caller, session).sandbox().state()).isEqualTo(SandboxState.RUNNING);
    }

    // ------------------------------------------------------------------------------------------ stop

    static Stream<Arguments> everyFaultOfStop() {
        return faults(STOP_CALLS, Fault.FAIL_BEFORE, Fault.FAIL_AFTER, Fault.LOSE_ANSWER, Fault.ANSWER_TWICE);
    }

    @ParameterizedTest(name = "{1} at {0}")
    @MethodSource("everyFaultOfStop")
    void a_stop_goes_on_over_every_fault_that_passes(String call, Fault fault) throws InterruptedException {
        SessionDetails session = startedWithWork();
        lab.host().faults().onNext(call, fault, ProviderException.Kind.FAULT);

        SessionDetails stopped = sessions.stop(caller, id(session), Duration.ZERO);

        assertThat(stopped.sandbox().state())
                .as("%s", stopped.sandbox().failure())
                .isEqualTo(SandboxState.STOPPED);
        assertThat(stopped.durable())
                .hasValueSatisfying(point -> assertThat(point.sequence()).isEqualTo(1));
        assertWorkIsThereAfterResume(session, 2);
    }

    @ParameterizedTest(name = "crash {1} {0}")
    @MethodSource("crashesOfStop")
    void a_stop_whose_server_dies_is_finished_by_whoever_takes_it_over(String call, CrashPlan.When when)
            throws InterruptedException {
        SessionDetails session = startedWithWork();
        lab.host().crashes().onNext(call, when);

        Thread.ofVirtual().start(() -> stopQuietly(session));
        awaitCrash();
        assertThat(lab.now(caller, session).sandbox().state()).isEqualTo(SandboxState.STOPPING);
        takeOver();

        SessionDetails stopped = lab.settled(caller, session);
        assertThat(stopped.sandbox().state()).isEqualTo(SandboxState.STOPPED);
        assertThat(stopped.durable())
                .hasValueSatisfying(point -> assertThat(point.sequence()).isEqualTo(1));
        assertWorkIsThereAfterResume(session, 2);
    }

    static Stream<Arguments> crashesOfStop() {
        return crashes(STOP_CALLS);
    }

    @Test
    void a_stop_that_hangs_ends_at_its_deadline_and_a_resume_finds_everything() throws Exception {
        SessionDetails session = startedWithWork();
        lab.host().faults().onNext("provider.stop", Fault.HANG, ProviderException.Kind.FAULT);
        Thread.ofVirtual().start(() -> stopQuietly(session));
        await().atMost(SandboxLab.PATIENCE).until(() -> lab.host().faults().hanging() > 0);

        clock.advance(Duration.ofMinutes(10));
        lab.reconcile();

        SessionDetails failed = lab.settled(caller, session);
        assertThat(failed.sandbox().state()).isEqualTo(SandboxState.FAILED);
        assertThat(code(failed)).isEqualTo("stop_timeout");
        lab.host().faults().release();
        assertWorkIsThereAfterResume(session, 2);
    }

    @Test
    void a_checkpoint_that_finds_no_room_is_not_called_stopped_and_a_resume_tries_again() throws Exception {
        SessionDetails session = startedWithWork();
        lab.host().faults().onEvery("volume.detach", Fault.FAIL_BEFORE, ProviderException.Kind.STORAGE_FULL);
        awaitCallOf("volume.detach", () -> Thread.ofVirtual().start(() -> stopQuietly(session)));
        clock.advance(Duration.ofMinutes(10));
        lab.reconcile();

        SessionDetails failed = lab.settled(caller, session);
        assertThat(failed.sandbox().state()).isEqualTo(SandboxState.FAILED);
        assertThat(code(failed)).isIn("storage_full", "stop_timeout");
        lab.host().faults().heal("volume.detach");
        assertWorkIsThereAfterResume(session, 2);
    }

    // ------------------------------------------------------------------------------------------ resume

    static Stream<Arguments> passingFaultsOfResume() {
        return faults(RESUME_CALLS, Fault.FAIL_BEFORE, Fault.FAIL_AFTER, Fault.LOSE_ANSWER, Fault.ANSWER_TWICE);
    }

    @ParameterizedTest(name = "{1} at {0}")
    @MethodSource("passingFaultsOfResume")
    void a_resume_goes_on_over_a_fault_that_passes(String call, Fault fault) throws InterruptedException {
        SessionDetails session = startedWithWork();
        sessions.stop(caller, id(session), Duration.ZERO);
        lab.host().faults().onNext(call, fault, ProviderException.Kind.UNAVAILABLE);

        assertWorkIsThereAfterResume(session, 2);
    }

    static Stream<Arguments> lastingFaultsOfResume() {
        return faults(RESUME_CALLS, Fault.FAIL_BEFORE, Fault.FAIL_AFTER);
    }

    @ParameterizedTest(name = "{1} at {0}")
    @MethodSource("lastingFaultsOfResume")
    void a_resume_that_cannot_succeed_goes_back_to_stopped_and_leaves_the_data(String call, Fault fault)
            throws InterruptedException {
        SessionDetails session = startedWithWork();
        sessions.stop(caller, id(session), Duration.ZERO);
        lab.host().faults().onNext(call, fault, ProviderException.Kind.FAULT);

        SessionDetails failed = sessions.resume(caller, id(session));

        assertThat(failed.sandbox().state()).isEqualTo(SandboxState.STOPPED);
        assertThat(code(failed)).isEqualTo("compute_start_failed");
        assertThat(failed.sandbox().stopReason()).contains(StopReason.USER);
        assertWorkIsThereAfterResume(session, 3);
    }

    @ParameterizedTest(name = "crash {1} {0}")
    @MethodSource("crashesOfResume")
    void a_resume_whose_server_dies_is_finished_by_whoever_takes_it_over(String call, CrashPlan.When when)
            throws InterruptedException {
        SessionDetails session = startedWithWork();
        sessions.stop(caller, id(session), Duration.ZERO);
        lab.host().crashes().onNext(call, when);

        Thread.ofVirtual().start(() -> resumeQuietly(session));
        awaitCrash();
        takeOver();

        SessionDetails resumed = lab.settled(caller, session);
        assertThat(resumed.sandbox().state()).isEqualTo(SandboxState.RUNNING);
        assertThat(resumed.sandbox().generation()).isEqualTo(2);
        assertThat(lab.run(caller, session, "cat /root/work")).isEqualTo("done\n");
    }

    static Stream<Arguments> crashesOfResume() {
        return crashes(RESUME_CALLS);
    }

    @Test
    void a_resume_proves_the_old_compute_dead_before_it_attaches() throws InterruptedException {
        SessionDetails session = startedWithWork();
        // The stop ends in failed, with the compute alive and the volume held.
        lab.host().faults().onEvery("provider.stop", Fault.FAIL_BEFORE, ProviderException.Kind.UNAVAILABLE);
        lab.host().faults().onEvery("provider.destroy", Fault.FAIL_BEFORE, ProviderException.Kind.UNAVAILABLE);
        awaitCallOf("provider.stop", () -> Thread.ofVirtual().start(() -> stopQuietly(session)));
        clock.advance(Duration.ofMinutes(10));
        lab.reconcile();
        assertThat(lab.settled(caller, session).sandbox().state()).isEqualTo(SandboxState.FAILED);
        assertThat(lab.host().provider().listComputes())
                .contains(session.sandbox().compute());

        lab.host().faults().heal("provider.stop");
        lab.host().faults().heal("provider.destroy");
        assertWorkIsThereAfterResume(session, 2);
        assertThat(lab.host().provider().listComputes())
                .doesNotContain(session.sandbox().compute());
    }

    @Test
    void an_exception_of_the_provider_is_no_proof_that_compute_is_gone() throws InterruptedException {
        SessionDetails session = startedWithWork();
        lab.host().faults().onEvery("provider.inspect", Fault.FAIL_BEFORE, ProviderException.Kind.UNAVAILABLE);

        lab.reconcile();

        assertThat(lab.now(caller, session).sandbox().state()).isEqualTo(SandboxState.RUNNING);
        lab.host().faults().heal("provider.inspect");
    }

    // ------------------------------------------------------------------------------------------ delete

    @ParameterizedTest(name = "crash {1} {0}")
    @MethodSource("crashesOfDelete")
    void a_delete_whose_server_dies_is_finished_by_whoever_takes_it_over(String call, CrashPlan.When when)
            throws InterruptedException {
        SessionDetails session = startedWithWork();
        lab.host().crashes().onNext(call, when);

        Thread.ofVirtual().start(() -> deleteQuietly(session));
        awaitCrash();
        await().atMost(SandboxLab.PATIENCE).untilAsserted(() -> {
            takeOver();
            assertThat(lab.now(caller, session).sandbox().state()).isEqualTo(SandboxState.DELETED);
        });
    }

    static Stream<Arguments> crashesOfDelete() {
        return crashes(List.of("provider.stop", "volume.detach", "provider.destroy", "volume.delete"));
    }

    // ------------------------------------------------------------------------------------------ fixture

    private SessionDetails startedWithWork() throws InterruptedException {
        SessionDetails session = lab.start(caller, profile);
        assertThat(session.sandbox().state()).isEqualTo(SandboxState.RUNNING);
        lab.run(caller, session, "echo done > /root/work");
        return session;
    }

    private void assertWorkIsThereAfterResume(SessionDetails session, int generation) throws InterruptedException {
        SessionDetails resumed = sessions.resume(caller, id(session));
        assertThat(resumed.sandbox().state())
                .as("%s", resumed.sandbox().failure())
                .isEqualTo(SandboxState.RUNNING);
        assertThat(resumed.sandbox().generation()).isEqualTo(generation);
        assertThat(lab.run(caller, session, "cat /root/work")).isEqualTo("done\n");
    }

    private void awaitCallOf(String point, Runnable action) {
        int before = lab.host().faults().calls(point);
        action.run();
        await("a call of " + point)
                .atMost(SandboxLab.PATIENCE)
                .until(() -> lab.host().faults().calls(point) > before);
    }

    private void awaitCrash() {
        await("the planned crash")
                .atMost(SandboxLab.PATIENCE)
                .until(() -> !lab.host().crashes().pending());
    }

    /** As another server does when the lease of a dead one has run out. */
    private void takeOver() {
        clock.advance(LONGER_THAN_A_LEASE);
        lab.reconcile();
    }

    private void stopQuietly(SessionDetails session) {
        try {
            sessions.stop(caller, id(session), Duration.ZERO);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void resumeQuietly(SessionDetails session) {
        try {
            sessions.resume(caller, id(session));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void deleteQuietly(SessionDetails session) {
        try {
            sessions.delete(caller, id(session), true);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static String id(SessionDetails session) {
        return session.session().id();
    }

    private static String code(SessionDetails session) {
        return session.sandbox().failure().map(Failure::code).orElse("none");
    }
}
