package dev.sandkeep.server.sessions;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.sandkeep.server.platform.config.Configuration;
import dev.sandkeep.server.platform.errors.ProblemCode;
import dev.sandkeep.server.platform.errors.SandkeepException;
import dev.sandkeep.server.platform.security.Caller;
import dev.sandkeep.server.testing.SandboxLab;
import dev.sandkeep.server.testing.ServerTest;
import dev.sandkeep.server.testing.SettableClock;
import dev.sandkeep.server.testing.TestServer;
import dev.sandkeep.server.volumes.KeptCheckpoint;
import dev.sandkeep.spi.ProviderException;
import dev.sandkeep.spi.faults.Fault;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;

/**
 * Rows of the table of races in docs/persistent-sandboxes.md. Those of start, stop, resume and delete alone are in {@link
 * SessionRacesTest}; those of checkpoint, rollback, replacement and restore in {@link PersistenceFaultsTest}.
 */
@ServerTest
class PersistenceRacesTest {
    private static final List<String> CALLS =
            List.of("provider.start", "provider.stop", "provider.pause", "volume.fork", "volume.restore");
    /** More than are kept, even when an hour or a day ends meanwhile. */
    private static final int MANY = 14;

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
        profile = lab.persistent(
                caller,
                "\"lifecycle\":{\"maxLifetimeSeconds\":36000,\"onExpiry\":\"replace\",\"idleTimeoutSeconds\":7200}");
    }

    @AfterEach
    void nothingLeaks() throws InterruptedException {
        lab.host().faults().release();
        CALLS.forEach(lab.host().faults()::heal);
        for (SessionDetails session : started) {
            sessions.delete(caller, id(session), true);
        }
        lab.assertNothingLeaks();
    }

    // ------------------------------------------------------------------------------------------ exec

    @Test
    void an_exec_during_a_resume_waits_for_it() throws Exception {
        SessionDetails session = startedWithWork();
        sessions.stop(caller, id(session), Duration.ZERO);
        hangOn("provider.start");
        FutureTask<SessionDetails> resume = begin(() -> sessions.resume(caller, id(session)));
        awaitHang();
        FutureTask<String> exec = begin(() -> lab.run(caller, session, "cat /root/work"));

        lab.host().faults().release();

        assertThat(resume.get().sandbox().generation()).isEqualTo(2);
        assertThat(exec.get()).isEqualTo("done\n");
        assertThat(lab.now(caller, session).sandbox().generation()).isEqualTo(2);
    }

    @Test
    void an_exec_during_an_idle_stop_waits_for_it_and_resumes() throws Exception {
        SessionDetails session = startedWithWork();
        hangOn("provider.stop");
        clock.advance(Duration.ofHours(3));
        lab.watch();
        awaitHang();
        assertThat(lab.now(caller, session).sandbox().stopReason()).contains(StopReason.IDLE);
        FutureTask<String> exec = begin(() -> lab.run(caller, session, "cat /root/work"));

        lab.host().faults().release();

        assertThat(exec.get()).isEqualTo("done\n");
        assertThat(lab.now(caller, session).sandbox().generation()).isEqualTo(2);
    }

    @Test
    void an_exec_during_a_users_stop_is_refused_with_the_state() throws Exception {
        SessionDetails session = startedWithWork();
        hangOn("provider.stop");
        FutureTask<SessionDetails> stop = begin(() -> sessions.stop(caller, id(session), Duration.ZERO));
        awaitHang();

        assertProblem(ProblemCode.SANDBOX_NOT_RUNNING, () -> lab.run(caller, session, "true"));

        lab.host().faults().release();
        assertThat(stop.get().sandbox().state()).isEqualTo(SandboxState.STOPPED);
    }

    // ------------------------------------------------------------------------------------------ stop

    @Test
    void an_expiry_during_a_users_stop_replaces_nothing() throws Exception {
        SessionDetails session = startedWithWork();
        hangOn("provider.stop");
        FutureTask<SessionDetails> stop = begin(() -> sessions.stop(caller, id(session), Duration.ZERO));
        awaitHang();
        lab.jdbc()
                .sql("update sandboxes set expires_at = started_at where id = :id")
                .param("id", session.sandbox().id())
                .update();
        lab.watch();

        lab.host().faults().release();

        Sandbox stopped = stop.get().sandbox();
        assertThat(stopped.state()).isEqualTo(SandboxState.STOPPED);
        assertThat(stopped.stopReason()).contains(StopReason.USER);
        assertThat(lab.settled(caller, session).sandbox().generation()).isEqualTo(1);
    }

    @Test
    void a_compute_that_is_lost_during_a_users_stop_does_not_change_its_reason() throws Exception {
        SessionDetails session = startedWithWork();
        hangOn("provider.stop");
        FutureTask<SessionDetails> stop = begin(() -> sessions.stop(caller, id(session), Duration.ZERO));
        awaitHang();
        lab.host().provider().destroy(session.sandbox().compute());
        lab.watch();

        lab.host().faults().release();

        assertThat(stop.get().sandbox().state()).isEqualTo(SandboxState.STOPPED);
        assertThat(stop.get().sandbox().stopReason()).contains(StopReason.USER);
    }

    @Test
    void one_look_finds_a_lost_compute_and_looks_come_often_enough_for_fifteen_seconds() throws Exception {
        SessionDetails session = startedWithWork();
        lab.host().provider().destroy(session.sandbox().compute());

        lab.watch();

        Sandbox lost = lab.settled(caller, session).sandbox();
        assertThat(lost.state()).isEqualTo(SandboxState.STOPPED);
        assertThat(lost.stopReason()).contains(StopReason.COMPUTE_LOST);
        assertThat(Configuration.load(List.of(), Map.of(), new Properties())
                        .sessions()
                        .watchInterval())
                .isLessThanOrEqualTo(Duration.ofSeconds(5));
    }

    // ------------------------------------------------------------------------------------------ fork

    @Test
    void a_fork_during_a_checkpoint_waits_for_it_and_holds_what_was_written_before_it_was_asked_for() throws Exception {
        SessionDetails session = startedWithWork();
        hangOn("provider.pause");
        FutureTask<Object> checkpoint = begin(() -> checkpoints.create(caller, id(session), null));
        awaitHang();
        FutureTask<SessionDetails> fork = begin(() -> fork(session, Optional.empty()));

        lab.host().faults().release();

        assertEnds(checkpoint);
        started.add(fork.get());
        assertThat(lab.run(caller, fork.get(), "cat /root/work")).isEqualTo("done\n");
    }

    @Test
    void a_fork_during_a_stop_of_its_source_begins_with_the_checkpoint_that_there_is() throws Exception {
        SessionDetails session = startedWithWork();
        checkpoints.create(caller, id(session), null);
        hangOn("provider.stop");
        FutureTask<SessionDetails> stop = begin(() -> sessions.stop(caller, id(session), Duration.ZERO));
        awaitHang();

        SessionDetails fork = fork(session, Optional.empty());
        started.add(fork);

        assertThat(lab.run(caller, fork, "cat /root/work")).isEqualTo("done\n");
        lab.host().faults().release();
        assertThat(stop.get().sandbox().state()).isEqualTo(SandboxState.STOPPED);
    }

    @Test
    void a_fork_lives_on_when_its_source_is_deleted() throws Exception {
        SessionDetails session = startedWithWork();
        SessionDetails fork = fork(session, Optional.empty());
        started.add(fork);

        sessions.delete(caller, id(session), true);
        started.remove(session);

        sessions.stop(caller, id(fork), Duration.ZERO);
        assertThat(lab.run(caller, fork, "cat /root/work")).isEqualTo("done\n");
    }

    // ------------------------------------------------------------------------------------------ retention

    @Test
    void retention_leaves_a_checkpoint_that_a_fork_is_to_begin_with() throws Exception {
        SessionDetails session = startedWithWork();
        KeptCheckpoint first = checkpoints.create(caller, id(session), null);
        makeMany(session);
        hangOn("volume.fork");
        FutureTask<SessionDetails> fork = begin(() -> fork(session, Optional.of(name(first))));
        awaitHang();

        lab.keepUpVolumes();

        assertThat(checkpoints.list(caller, id(session))).hasSizeLessThan(MANY).contains(first);
        lab.host().faults().release();
        started.add(fork.get());
        assertThat(lab.run(caller, fork.get(), "cat /root/work")).isEqualTo("done\n");
    }

    @Test
    void retention_leaves_a_checkpoint_that_a_rollback_goes_back_to() throws Exception {
        SessionDetails session = startedWithWork();
        KeptCheckpoint first = checkpoints.create(caller, id(session), null);
        makeMany(session);
        sessions.stop(caller, id(session), Duration.ZERO);
        hangOn("volume.restore");
        FutureTask<SessionDetails> rollback = begin(() -> checkpoints.rollback(caller, id(session), name(first), null));
        awaitHang();

        lab.keepUpVolumes();

        assertThat(checkpoints.list(caller, id(session))).contains(first);
        lab.host().faults().release();
        assertThat(rollback.get().sandbox().failure()).isEmpty();
        assertThat(lab.run(caller, session, "cat /root/work")).isEqualTo("done\n");
    }

    @Test
    void a_checkpoint_that_retention_has_taken_is_not_there_to_fork_or_to_go_back_to() throws Exception {
        SessionDetails session = startedWithWork();
        KeptCheckpoint first = checkpoints.create(caller, id(session), null);
        makeMany(session);
        lab.keepUpVolumes();
        assertThat(checkpoints.list(caller, id(session))).doesNotContain(first);

        assertProblem(ProblemCode.NOT_FOUND, () -> fork(session, Optional.of(name(first))));
        sessions.stop(caller, id(session), Duration.ZERO);
        assertProblem(ProblemCode.NOT_FOUND, () -> checkpoints.rollback(caller, id(session), name(first), null));
    }

    // ------------------------------------------------------------------------------------------ fixture

    private SessionDetails startedWithWork() throws InterruptedException {
        SessionDetails session = lab.start(caller, profile);
        started.add(session);
        lab.run(caller, session, "echo done > /root/work");
        return session;
    }

    private void makeMany(SessionDetails session) throws InterruptedException {
        for (int i = 1; i < MANY; i++) {
            lab.run(caller, session, "echo " + i + " > /root/work");
            checkpoints.create(caller, id(session), null);
        }
    }

    private SessionDetails fork(SessionDetails source, Optional<String> at) throws InterruptedException {
        return volumes.fork(caller, id(source), at, Optional.empty(), null, SandboxLab.PATIENCE);
    }

    private void hangOn(String call) {
        lab.host().faults().onNext(call, Fault.HANG, ProviderException.Kind.FAULT);
    }

    private void awaitHang() {
        await("a call that hangs")
                .atMost(SandboxLab.PATIENCE)
                .until(() -> lab.host().faults().hanging() > 0);
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
