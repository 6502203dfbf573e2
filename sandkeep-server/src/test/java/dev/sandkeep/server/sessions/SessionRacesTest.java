package dev.sandkeep.server.sessions;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.sandkeep.server.platform.errors.ProblemCode;
import dev.sandkeep.server.platform.errors.SandkeepException;
import dev.sandkeep.server.platform.security.Caller;
import dev.sandkeep.server.testing.AtOnce;
import dev.sandkeep.server.testing.SandboxLab;
import dev.sandkeep.server.testing.ServerTest;
import dev.sandkeep.server.testing.TestServer;
import dev.sandkeep.spi.ExecSpec;
import dev.sandkeep.spi.ProviderException;
import dev.sandkeep.spi.faults.Fault;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;

/** The table of races in docs/states.md. */
@ServerTest
class SessionRacesTest {
    @Autowired
    TestServer server;

    @Autowired
    SandboxLab lab;

    @Autowired
    Sessions sessions;

    private Caller caller = new Caller("", "");
    private String profile = "";

    @BeforeEach
    void aPersistentProfile() {
        caller = server.newOrganization().caller();
        profile = lab.persistent(caller);
    }

    @AfterEach
    void nothingLeaks() {
        lab.host().faults().release();
        lab.assertNothingLeaks();
    }

    @Test
    void a_stop_during_a_start_waits_for_it_and_then_stops() throws Exception {
        SessionDetails session = hangingStart();
        FutureTask<SessionDetails> stop = begin(() -> sessions.stop(caller, id(session), Duration.ZERO));
        await().atMost(SandboxLab.PATIENCE)
                .until(() -> lab.now(caller, session).sandbox().stopWish().isPresent());

        lab.host().faults().release();

        assertThat(stop.get().sandbox().state()).isEqualTo(SandboxState.STOPPED);
        assertThat(stop.get().sandbox().stopReason()).contains(StopReason.USER);
    }

    @Test
    void a_delete_during_a_start_waits_for_it_and_then_deletes() throws Exception {
        SessionDetails session = hangingStart();
        FutureTask<Boolean> delete = begin(() -> sessions.delete(caller, id(session)));
        await().atMost(SandboxLab.PATIENCE)
                .until(() -> lab.now(caller, session).sandbox().deleteWished());

        lab.host().faults().release();

        assertThat(delete.get()).isTrue();
        assertThat(lab.now(caller, session).sandbox().state()).isEqualTo(SandboxState.DELETED);
    }

    @Test
    void a_resume_during_a_stop_waits_for_it_and_then_resumes() throws Exception {
        SessionDetails session = lab.start(caller, profile);
        lab.host().faults().onNext("provider.stop", Fault.HANG, ProviderException.Kind.FAULT);
        FutureTask<SessionDetails> stop = begin(() -> sessions.stop(caller, id(session), Duration.ZERO));
        awaitHang();
        FutureTask<SessionDetails> resume = begin(() -> sessions.resume(caller, id(session)));

        assertThatThrownBy(() -> sessions.exec(caller, id(session), ExecSpec.of("true")))
                .isInstanceOfSatisfying(SandkeepException.class, problem -> {
                    assertThat(problem.code()).isEqualTo(ProblemCode.SANDBOX_NOT_RUNNING);
                    assertThat(problem.fields()).containsEntry("state", "stopping");
                });
        lab.host().faults().release();

        stop.get();
        assertThat(resume.get().sandbox().state()).isEqualTo(SandboxState.RUNNING);
        assertThat(resume.get().sandbox().generation()).isEqualTo(2);
    }

    @Test
    void a_delete_during_a_resume_waits_for_it_and_then_deletes() throws Exception {
        SessionDetails session = lab.start(caller, profile);
        sessions.stop(caller, id(session), Duration.ZERO);
        lab.host().faults().onNext("provider.start", Fault.HANG, ProviderException.Kind.FAULT);
        FutureTask<SessionDetails> resume = begin(() -> sessions.resume(caller, id(session)));
        awaitHang();
        FutureTask<Boolean> delete = begin(() -> sessions.delete(caller, id(session)));
        await().atMost(SandboxLab.PATIENCE)
                .until(() -> lab.now(caller, session).sandbox().deleteWished());
        lab.host().faults().release();

        assertThat(delete.get()).isTrue();
        assertThat(resume.get().sandbox().state())
                .isIn(SandboxState.RUNNING, SandboxState.STOPPING, SandboxState.STOPPED, SandboxState.DELETED);
    }

    @Test
    void a_stop_during_a_stop_is_the_same_stop() throws InterruptedException {
        SessionDetails session = lab.start(caller, profile);

        List<SessionDetails> answers =
                AtOnce.call(Collections.nCopies(5, () -> sessions.stop(caller, id(session), Duration.ZERO)));

        assertThat(answers).extracting(it -> it.sandbox().state()).containsOnly(SandboxState.STOPPED);
        assertThat(lab.jdbc()
                        .sql(
                                "select count(*) from checkpoints c join volumes v on v.id = c.volume_id where v.sandbox_id = :id")
                        .param("id", session.sandbox().id())
                        .query(Integer.class)
                        .single())
                .isEqualTo(1);
    }

    @Test
    void many_sessions_at_once_all_run() throws InterruptedException {
        int count = 40;
        NewSession wanted = new NewSession(profile, OptionalInt.empty(), Optional.empty());

        List<SessionDetails> answers = AtOnce.call(
                Collections.nCopies(count, () -> sessions.create(caller, null, wanted, SandboxLab.PATIENCE)));

        assertThat(answers)
                .hasSize(count)
                .extracting(it -> it.sandbox().state())
                .containsOnly(SandboxState.RUNNING);
        assertThat(answers).extracting(it -> it.session().name()).doesNotHaveDuplicates();
    }

    /** Whatever users do at the same time: no generation twice, one live compute, the newest work is never lost. */
    @RepeatedTest(5)
    void anything_at_any_time_keeps_the_invariants(RepetitionInfo repetition) throws InterruptedException {
        SessionDetails session = lab.start(caller, profile);
        Random dice = new Random(repetition.getCurrentRepetition());
        List<Callable<String>> doings = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            int what = dice.nextInt(4);
            int pause = dice.nextInt(40);
            doings.add(() -> {
                Thread.sleep(pause);
                return act(session, what);
            });
        }

        AtOnce.call(doings);

        SessionDetails settled = lab.settled(caller, session);
        assertThat(settled.sandbox().state()).isIn(SandboxState.RUNNING, SandboxState.STOPPED);
        long computes = lab.host().provider().listComputes().stream()
                .filter(compute -> compute.sandbox().equals(session.sandbox().id()))
                .count();
        assertThat(computes).isEqualTo(settled.sandbox().state() == SandboxState.RUNNING ? 1 : 0);
    }

    private String act(SessionDetails session, int what) throws InterruptedException {
        try {
            return switch (what) {
                case 0 ->
                    sessions.stop(caller, id(session), Duration.ZERO)
                            .sandbox()
                            .state()
                            .text();
                case 1, 2 ->
                    sessions.resume(caller, id(session)).sandbox().state().text();
                default -> {
                    lab.reconcile();
                    yield "reconciled";
                }
            };
        } catch (SandkeepException refused) {
            return refused.code().code();
        }
    }

    private SessionDetails hangingStart() throws InterruptedException {
        lab.host().faults().onNext("provider.start", Fault.HANG, ProviderException.Kind.FAULT);
        SessionDetails session = sessions.create(
                caller, null, new NewSession(profile, OptionalInt.empty(), Optional.empty()), Duration.ZERO);
        awaitHang();
        return session;
    }

    private void awaitHang() {
        await().atMost(SandboxLab.PATIENCE).until(() -> lab.host().faults().hanging() > 0);
    }

    private static <T> FutureTask<T> begin(Callable<T> work) {
        FutureTask<T> task = new FutureTask<>(work);
        Thread.ofVirtual().start(task);
        return task;
    }

    private static String id(SessionDetails session) {
        return session.session().id();
    }
}
