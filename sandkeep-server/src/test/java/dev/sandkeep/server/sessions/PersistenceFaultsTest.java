package dev.sandkeep.server.sessions;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.sandkeep.server.platform.errors.ProblemCode;
import dev.sandkeep.server.platform.errors.SandkeepException;
import dev.sandkeep.server.platform.security.Caller;
import dev.sandkeep.server.testing.CrashPlan;
import dev.sandkeep.server.testing.SandboxLab;
import dev.sandkeep.server.testing.ServerTest;
import dev.sandkeep.server.testing.SettableClock;
import dev.sandkeep.server.testing.TestServer;
import dev.sandkeep.server.volumes.KeptCheckpoint;
import dev.sandkeep.spi.InspectOutcome;
import dev.sandkeep.spi.ProviderException;
import dev.sandkeep.spi.VolumeDamage;
import dev.sandkeep.spi.VolumeId;
import dev.sandkeep.spi.faults.Fault;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.beans.factory.annotation.Autowired;

/** The tables of failures and races in docs/persistent-sandboxes.md, beyond those of start, stop and resume. */
@ServerTest
class PersistenceFaultsTest {
    private static final List<String> CALLS = List.of(
            "volume.checkpoint",
            "volume.restore",
            "volume.fork",
            "volume.delete",
            "volume.removeCheckpoint",
            "volume.pressure",
            "provider.pause",
            "provider.unpause",
            "provider.start",
            "provider.stop",
            "provider.putRunFile",
            "volume.attach",
            "volume.detach");
    private static final Duration LONGER_THAN_A_LEASE = Duration.ofSeconds(30);

    @Autowired
    TestServer server;

    @Autowired
    SandboxLab lab;

    @Autowired
    Sessions sessions;

    @Autowired
    SessionCheckpoints checkpoints;

    @Autowired
    SessionVolumes volumes;

    @Autowired
    SettableClock clock;

    private final List<SessionDetails> started = new ArrayList<>();
    private Caller caller = new Caller("", "");
    private String profile = "";

    @BeforeEach
    void aPersistentProfile() {
        caller = server.newOrganization().caller();
        profile = lab.persistent(caller, "\"lifecycle\":{\"maxLifetimeSeconds\":36000,\"onExpiry\":\"replace\"}");
        lab.assertNothingLeaks();
    }

    @AfterEach
    void nothingLeaks() throws InterruptedException {
        lab.host().faults().release();
        CALLS.forEach(lab.host().faults()::heal);
        lab.host().crashes().clear();
        for (SessionDetails session : started) {
            sessions.delete(caller, id(session), true);
        }
        lab.assertNothingLeaks();
    }

    // ------------------------------------------------------------------------------------------ checkpoints

    static Stream<Arguments> everyFaultOfACheckpoint() {
        return Stream.of("volume.checkpoint", "provider.pause", "provider.unpause")
                .flatMap(call -> Stream.of(
                        Arguments.of(call, Fault.FAIL_BEFORE, ProviderException.Kind.UNAVAILABLE),
                        Arguments.of(call, Fault.FAIL_AFTER, ProviderException.Kind.UNAVAILABLE),
                        Arguments.of(call, Fault.FAIL_BEFORE, ProviderException.Kind.STORAGE_FULL)));
    }

    @ParameterizedTest(name = "{1} {2} at {0}")
    @MethodSource("everyFaultOfACheckpoint")
    void a_checkpoint_that_fails_says_so_and_the_sandbox_goes_on(String call, Fault fault, ProviderException.Kind kind)
            throws Exception {
        SessionDetails session = startedWithWork();
        lab.host().faults().onNext(call, fault, kind);

        assertThatThrownBy(() -> checkpoints.create(caller, id(session), null)).isInstanceOf(SandkeepException.class);

        lab.watch();
        assertThat(lab.now(caller, session).sandbox().state()).isEqualTo(SandboxState.RUNNING);
        assertGoesOn(session);
        assertThat(lab.run(caller, session, "cat /root/work")).isEqualTo("done\n");
        assertThat(checkpoints.create(caller, id(session), null).point().sequence())
                .isPositive();
    }

    @Test
    void a_sandbox_that_a_dead_server_holds_still_goes_on() throws Exception {
        SessionDetails session = startedWithWork();
        lab.host().provider().pause(session.sandbox().compute());

        lab.watch();

        assertGoesOn(session);
    }

    @Test
    void a_checkpoint_in_a_damaged_volume_changes_nothing() throws Exception {
        SessionDetails session = startedWithWork();
        lab.host().volumes().damage(volumeOf(session), VolumeDamage.Code.CHECKPOINT_CHANGED);

        assertProblem(ProblemCode.VOLUME_CHECKPOINT_CHANGED, () -> checkpoints.create(caller, id(session), null));

        assertThat(lab.now(caller, session).sandbox().state()).isEqualTo(SandboxState.RUNNING);
        lab.host().volumes().mend(volumeOf(session));
    }

    @Test
    void a_stop_during_a_checkpoint_wins() throws Exception {
        SessionDetails session = startedWithWork();
        lab.host().faults().onNext("provider.pause", Fault.HANG, ProviderException.Kind.FAULT);
        FutureTask<Object> checkpoint = begin(() -> checkpoints.create(caller, id(session), null));
        awaitHang();

        SessionDetails stopped = sessions.stop(caller, id(session), Duration.ZERO);
        lab.host().faults().release();

        assertThat(stopped.sandbox().state()).isEqualTo(SandboxState.STOPPED);
        assertEnds(checkpoint);
        sessions.resume(caller, id(session));
        assertThat(lab.run(caller, session, "cat /root/work")).isEqualTo("done\n");
    }

    @Test
    void a_checkpoint_during_a_stop_is_refused_with_the_state() throws Exception {
        SessionDetails session = startedWithWork();
        lab.host().faults().onNext("provider.stop", Fault.HANG, ProviderException.Kind.FAULT);
        FutureTask<SessionDetails> stop = begin(() -> sessions.stop(caller, id(session), Duration.ZERO));
        awaitHang();

        assertProblem(ProblemCode.SANDBOX_NOT_RUNNING, () -> checkpoints.create(caller, id(session), null));

        lab.host().faults().release();
        assertThat(stop.get().sandbox().state()).isEqualTo(SandboxState.STOPPED);
    }

    @Test
    void a_checkpoint_during_a_checkpoint_is_refused() throws Exception {
        SessionDetails session = startedWithWork();
        lab.host().faults().onNext("provider.pause", Fault.HANG, ProviderException.Kind.FAULT);
        FutureTask<Object> first = begin(() -> checkpoints.create(caller, id(session), null));
        awaitHang();

        assertProblem(ProblemCode.CHECKPOINT_RUNNING, () -> checkpoints.create(caller, id(session), null));

        lab.host().faults().release();
        assertEnds(first);
    }

    @Test
    void an_expiry_during_a_checkpoint_does_not_wait_for_it() throws Exception {
        SessionDetails session = startedWithWork();
        lab.host().faults().onNext("provider.pause", Fault.HANG, ProviderException.Kind.FAULT);
        FutureTask<Object> checkpoint = begin(() -> checkpoints.create(caller, id(session), null));
        awaitHang();

        clock.advance(Duration.ofHours(10));
        lab.watch();

        until(session, it -> it.sandbox().generation() == 2 && it.sandbox().state() == SandboxState.RUNNING);
        lab.host().faults().release();
        assertEnds(checkpoint);
        assertThat(lab.run(caller, session, "cat /root/work")).isEqualTo("done\n");
    }

    // ------------------------------------------------------------------------------------------ rollback

    @ParameterizedTest
    @EnumSource(CrashPlan.When.class)
    void a_rollback_whose_server_dies_is_finished_by_whoever_takes_it_over(CrashPlan.When when) throws Exception {
        SessionDetails session = spoiled();
        KeptCheckpoint first = checkpoints.list(caller, id(session)).getLast();
        lab.host().crashes().onNext("volume.restore", when);
        FutureTask<Object> rollback = begin(() -> checkpoints.rollback(caller, id(session), name(first), null));
        awaitCrash();
        takeOver();

        assertEnds(rollback);
        SessionDetails settled =
                until(session, it -> it.sandbox().upkeep().rollback().isEmpty());
        assertThat(settled.sandbox().failure()).isEmpty();
        assertThat(lab.run(caller, session, "cat /root/work")).isEqualTo("done\n");
    }

    @Test
    void a_rollback_goes_on_over_a_fault_that_passes() throws Exception {
        SessionDetails session = spoiled();
        KeptCheckpoint first = checkpoints.list(caller, id(session)).getLast();
        lab.host().faults().onNext("volume.restore", Fault.FAIL_AFTER, ProviderException.Kind.UNAVAILABLE);

        checkpoints.rollback(caller, id(session), name(first), null);

        assertThat(lab.run(caller, session, "cat /root/work")).isEqualTo("done\n");
    }

    @Test
    void a_rollback_in_a_damaged_volume_says_why_and_changes_nothing() throws Exception {
        SessionDetails session = spoiled();
        KeptCheckpoint first = checkpoints.list(caller, id(session)).getLast();
        lab.host().volumes().damage(volumeOf(session), VolumeDamage.Code.FOREIGN);

        SessionDetails answer = checkpoints.rollback(caller, id(session), name(first), null);

        assertThat(answer.sandbox().state()).isEqualTo(SandboxState.STOPPED);
        assertThat(answer.sandbox().failure().map(Failure::code)).contains("volume_foreign");
        lab.host().volumes().mend(volumeOf(session));
        assertThat(lab.run(caller, session, "cat /root/work")).isEqualTo("spoiled\n");
    }

    @Test
    void a_resume_during_a_rollback_waits_for_it_and_starts_on_it() throws Exception {
        SessionDetails session = spoiled();
        KeptCheckpoint first = checkpoints.list(caller, id(session)).getLast();
        lab.host().faults().onNext("volume.restore", Fault.HANG, ProviderException.Kind.FAULT);
        FutureTask<Object> rollback = begin(() -> checkpoints.rollback(caller, id(session), name(first), null));
        awaitHang();
        assertProblem(ProblemCode.SANDBOX_BUSY, () -> checkpoints.rollback(caller, id(session), name(first), null));
        FutureTask<SessionDetails> resume = begin(() -> sessions.resume(caller, id(session)));

        lab.host().faults().release();

        assertEnds(rollback);
        assertThat(resume.get().sandbox().state()).isEqualTo(SandboxState.RUNNING);
        assertThat(lab.run(caller, session, "cat /root/work")).isEqualTo("done\n");
    }

    @Test
    void a_delete_during_a_rollback_deletes() throws Exception {
        SessionDetails session = spoiled();
        KeptCheckpoint first = checkpoints.list(caller, id(session)).getLast();
        lab.host().faults().onNext("volume.restore", Fault.HANG, ProviderException.Kind.FAULT);
        FutureTask<Object> rollback = begin(() -> checkpoints.rollback(caller, id(session), name(first), null));
        awaitHang();
        FutureTask<Boolean> delete = begin(() -> sessions.delete(caller, id(session)));
        until(session, it -> it.sandbox().deleteWished());

        lab.host().faults().release();

        assertThat(delete.get()).isTrue();
        assertEnds(rollback);
    }

    @Test
    void a_rollback_during_a_resume_is_refused() throws Exception {
        SessionDetails session = spoiled();
        KeptCheckpoint first = checkpoints.list(caller, id(session)).getLast();
        lab.host().faults().onNext("provider.start", Fault.HANG, ProviderException.Kind.FAULT);
        FutureTask<SessionDetails> resume = begin(() -> sessions.resume(caller, id(session)));
        awaitHang();

        assertProblem(
                ProblemCode.SANDBOX_NOT_STOPPED, () -> checkpoints.rollback(caller, id(session), name(first), null));

        lab.host().faults().release();
        assertThat(resume.get().sandbox().state()).isEqualTo(SandboxState.RUNNING);
    }

    // ------------------------------------------------------------------------------------------ fork

    @ParameterizedTest
    @EnumSource(CrashPlan.When.class)
    void a_fork_whose_server_dies_is_finished_by_whoever_takes_it_over(CrashPlan.When when) throws Exception {
        SessionDetails source = startedWithWork();
        sessions.stop(caller, id(source), Duration.ZERO);
        lab.host().crashes().onNext("volume.fork", when);

        SessionDetails fork = volumes.fork(caller, id(source), Optional.empty(), Optional.empty(), null, Duration.ZERO);
        started.add(fork);
        awaitCrash();
        takeOver();

        assertThat(lab.settled(caller, fork).sandbox().state()).isEqualTo(SandboxState.RUNNING);
        assertThat(lab.run(caller, fork, "cat /root/work")).isEqualTo("done\n");
    }

    @Test
    void a_fork_whose_source_is_gone_fails_and_never_starts_empty() throws Exception {
        SessionDetails source = startedWithWork();
        sessions.stop(caller, id(source), Duration.ZERO);
        lab.host().faults().onNext("volume.fork", Fault.HANG, ProviderException.Kind.FAULT);
        SessionDetails fork = volumes.fork(caller, id(source), Optional.empty(), Optional.empty(), null, Duration.ZERO);
        started.add(fork);
        awaitHang();
        sessions.delete(caller, id(source), true);
        started.remove(source);

        lab.host().faults().release();

        SessionDetails failed = lab.settled(caller, fork);
        assertThat(failed.sandbox().state()).isEqualTo(SandboxState.FAILED);
        assertThat(failed.sandbox().failure().map(Failure::code)).contains("volume_missing");
        assertThat(sessions.resume(caller, id(fork)).sandbox().state()).isNotEqualTo(SandboxState.RUNNING);
    }

    @Test
    void an_import_whose_server_dies_never_starts_empty() throws Exception {
        SessionDetails source = startedWithWork();
        ByteArrayOutputStream stream = new ByteArrayOutputStream();
        volumes.export(volumes.prepareExport(caller, id(source), Optional.empty()), stream);
        lab.host().crashes().onNext("volume.importVolume", CrashPlan.When.BEFORE);
        NewSession named = new NewSession(profile, OptionalInt.empty(), Optional.of("imported"));

        FutureTask<Object> attempt = begin(() ->
                volumes.importFrom(caller, named, null, new ByteArrayInputStream(stream.toByteArray()), Duration.ZERO));
        awaitCrash();
        assertEnds(attempt);
        takeOver();

        SessionDetails failed = lab.settled(caller, sessions.get(caller, "imported"));
        started.add(failed);
        assertThat(failed.sandbox().state()).isEqualTo(SandboxState.FAILED);
        assertThat(failed.sandbox().failure().map(Failure::code)).contains("volume_import_incomplete");
    }

    // ------------------------------------------------------------------------------------------ expiry

    @ParameterizedTest
    @MethodSource("crashesOfAReplacement")
    void a_replacement_whose_server_dies_is_finished_by_whoever_takes_it_over(String call, CrashPlan.When when)
            throws Exception {
        SessionDetails session = startedWithWork();
        lab.host().crashes().onNext(call, when);

        clock.advance(Duration.ofHours(10));
        lab.watch();
        awaitCrash();
        takeOver();

        until(session, it -> it.sandbox().generation() == 2 && it.sandbox().state() == SandboxState.RUNNING);
        assertThat(lab.run(caller, session, "cat /root/work")).isEqualTo("done\n");
    }

    static Stream<Arguments> crashesOfAReplacement() {
        return Stream.of("provider.stop", "volume.detach", "volume.attach", "provider.start")
                .flatMap(call -> Stream.of(CrashPlan.When.values()).map(when -> Arguments.of(call, when)));
    }

    @Test
    void a_replacement_that_cannot_start_puts_the_row_back_and_an_exec_tries_again() throws Exception {
        SessionDetails session = startedWithWork();
        lab.host().faults().onNext("provider.start", Fault.FAIL_BEFORE, ProviderException.Kind.FAULT);

        clock.advance(Duration.ofHours(10));
        lab.watch();

        SessionDetails stopped = until(
                session,
                it -> it.sandbox().state() == SandboxState.STOPPED
                        && it.sandbox().generation() == 2);
        assertThat(stopped.sandbox().failure().map(Failure::code)).contains("compute_start_failed");
        assertThat(lab.run(caller, session, "cat /root/work")).isEqualTo("done\n");
    }

    @Test
    void a_users_stop_takes_the_replacement_back() throws Exception {
        SessionDetails session = startedWithWork();
        lab.host().faults().onNext("provider.stop", Fault.HANG, ProviderException.Kind.FAULT);
        clock.advance(Duration.ofHours(10));
        lab.watch();
        awaitHang();
        assertThat(lab.now(caller, session).sandbox().upkeep().replaceWished()).isTrue();
        FutureTask<SessionDetails> stop = begin(() -> sessions.stop(caller, id(session), Duration.ZERO));
        until(session, it -> !it.sandbox().upkeep().replaceWished());

        lab.host().faults().release();

        assertThat(stop.get().sandbox().state()).isEqualTo(SandboxState.STOPPED);
        assertThat(lab.settled(caller, session).sandbox().generation()).isEqualTo(1);
    }

    @Test
    void a_stop_takes_back_a_replacement_whose_server_died_and_leaves_the_row_to_everyone() throws Exception {
        SessionDetails session = spoiled();
        KeptCheckpoint first = checkpoints.list(caller, id(session)).getLast();
        lab.jdbc().sql("""
                        update sandboxes set replace_requested_at = stopped_at, lease_owner = 'a dead server',
                            lease_until = stopped_at, deadline = stopped_at
                        where id = :id
                        """).param("id", session.sandbox().id()).update();

        Sandbox stopped = sessions.stop(caller, id(session), Duration.ZERO).sandbox();

        assertThat(stopped.upkeep().replaceWished()).isFalse();
        assertThat(stopped.leaseOwner()).isEmpty();
        checkpoints.rollback(caller, id(session), name(first), null);
        assertThat(lab.run(caller, session, "cat /root/work")).isEqualTo("done\n");
    }

    @Test
    void an_exec_waits_for_the_replacement() throws Exception {
        SessionDetails session = startedWithWork();
        lab.host().faults().onNext("provider.stop", Fault.HANG, ProviderException.Kind.FAULT);
        clock.advance(Duration.ofHours(10));
        lab.watch();
        awaitHang();
        FutureTask<String> exec = begin(() -> lab.run(caller, session, "cat /root/work"));

        lab.host().faults().release();

        assertThat(exec.get()).isEqualTo("done\n");
        assertThat(lab.now(caller, session).sandbox().generation()).isEqualTo(2);
    }

    @Test
    void a_delete_during_a_replacement_deletes() throws Exception {
        SessionDetails session = startedWithWork();
        lab.host().faults().onNext("provider.stop", Fault.HANG, ProviderException.Kind.FAULT);
        clock.advance(Duration.ofHours(10));
        lab.watch();
        awaitHang();
        FutureTask<Boolean> delete = begin(() -> sessions.delete(caller, id(session)));
        until(session, it -> it.sandbox().deleteWished());

        lab.host().faults().release();

        assertThat(delete.get()).isTrue();
        assertThat(lab.now(caller, session).sandbox().state()).isEqualTo(SandboxState.DELETED);
    }

    @Test
    void what_cannot_be_told_of_its_expiry_is_told_at_the_next_look() throws Exception {
        SessionDetails session = startedWithWork();
        lab.host().faults().onNext("provider.putRunFile", Fault.FAIL_BEFORE, ProviderException.Kind.UNAVAILABLE);
        clock.advance(Duration.ofMinutes(9 * 60 + 30));
        lab.watch();
        lab.watch();

        assertThat(lab.now(caller, session).sandbox().upkeep().expiryWarnedAt()).isPresent();
    }

    // ------------------------------------------------------------------------------------------ deletion

    @Test
    void a_restore_during_a_delete_waits_for_it_and_undoes_it() throws Exception {
        SessionDetails session = startedWithWork();
        lab.host().faults().onNext("provider.stop", Fault.HANG, ProviderException.Kind.FAULT);
        FutureTask<Boolean> delete = begin(() -> sessions.delete(caller, id(session)));
        awaitHang();
        FutureTask<SessionDetails> restore = begin(() -> sessions.restore(caller, id(session), Optional.empty()));

        lab.host().faults().release();

        assertEnds(delete);
        assertThat(restore.get().sandbox().state()).isEqualTo(SandboxState.STOPPED);
        assertThat(lab.run(caller, session, "cat /root/work")).isEqualTo("done\n");
    }

    @Test
    void a_purge_that_fails_is_done_by_the_next_look_and_a_restore_meanwhile_is_refused() throws Exception {
        SessionDetails session = startedWithWork();
        sessions.delete(caller, id(session));
        lab.jdbc()
                .sql("update volumes set delete_after = created_at where sandbox_id = :id")
                .param("id", session.sandbox().id())
                .update();
        lab.host().faults().onNext("volume.delete", Fault.FAIL_BEFORE, ProviderException.Kind.UNAVAILABLE);
        lab.keepUpVolumes();

        assertProblem(
                ProblemCode.SESSION_NOT_RESTORABLE, () -> sessions.restore(caller, id(session), Optional.empty()));
        lab.keepUpVolumes();
        assertThat(lab.now(caller, session).sandbox().state()).isEqualTo(SandboxState.DELETED);
        assertThat(lab.host().volumes().list()).doesNotContain(volumeOf(session));
    }

    // ------------------------------------------------------------------------------------------ fixture

    private SessionDetails startedWithWork() throws InterruptedException {
        SessionDetails session = lab.start(caller, profile);
        assertThat(session.sandbox().state()).isEqualTo(SandboxState.RUNNING);
        started.add(session);
        lab.run(caller, session, "echo done > /root/work");
        return session;
    }

    /** Stopped with other work than in its first checkpoint. */
    private SessionDetails spoiled() throws InterruptedException {
        SessionDetails session = startedWithWork();
        sessions.stop(caller, id(session), Duration.ZERO);
        lab.run(caller, session, "echo spoiled > /root/work");
        return sessions.stop(caller, id(session), Duration.ZERO);
    }

    private void assertGoesOn(SessionDetails session) {
        assertThat(lab.host().provider().inspect(session.sandbox().compute()))
                .isInstanceOfSatisfying(
                        InspectOutcome.Running.class,
                        running -> assertThat(running.compute().paused()).isFalse());
    }

    private VolumeId volumeOf(SessionDetails session) {
        return new VolumeId(lab.jdbc()
                .sql("select id from volumes where sandbox_id = :id")
                .param("id", session.sandbox().id())
                .query(String.class)
                .single());
    }

    private SessionDetails until(SessionDetails session, Predicate<SessionDetails> enough) {
        return await("session " + id(session))
                .atMost(SandboxLab.PATIENCE)
                .until(() -> lab.now(caller, session), enough);
    }

    private void awaitHang() {
        await("a call that hangs")
                .atMost(SandboxLab.PATIENCE)
                .until(() -> lab.host().faults().hanging() > 0);
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

    private static <T> FutureTask<T> begin(Callable<T> work) {
        FutureTask<T> task = new FutureTask<>(work);
        Thread.ofVirtual().start(task);
        return task;
    }

    private static void assertEnds(FutureTask<?> task) {
        await("the other request").atMost(SandboxLab.PATIENCE).until(task::isDone);
    }

    private static String id(SessionDetails session) {
        return session.session().id();
    }

    private static String name(KeptCheckpoint checkpoint) {
        return checkpoint.point().checkpoint().value();
    }

    private static void assertProblem(ProblemCode code, Callable<?> attempt) {
        assertThatThrownBy(attempt::call)
                .isInstanceOfSatisfying(
                        SandkeepException.class,
                        problem -> assertThat(problem.code()).isEqualTo(code));
    }
}
