package dev.sandkeep.server.sessions;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.sandkeep.server.organizations.Organizations;
import dev.sandkeep.server.platform.errors.ProblemCode;
import dev.sandkeep.server.platform.errors.SandkeepException;
import dev.sandkeep.server.platform.security.Caller;
import dev.sandkeep.server.testing.AtOnce;
import dev.sandkeep.server.testing.SandboxLab;
import dev.sandkeep.server.testing.ServerTest;
import dev.sandkeep.server.testing.SettableClock;
import dev.sandkeep.server.testing.TestServer;
import dev.sandkeep.server.volumes.CheckpointKind;
import dev.sandkeep.server.volumes.KeptCheckpoint;
import dev.sandkeep.spi.ExecSpec;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What docs/persistent-sandboxes.md promises, on a host that does what it should. */
@ServerTest
class PersistentSandboxesTest {
    private static final String AN_HOUR = "\"lifecycle\":{\"maxLifetimeSeconds\":3600}";

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
    Organizations organizations;

    @Autowired
    SettableClock clock;

    @Autowired
    JsonMapper json;

    private final List<SessionDetails> started = new ArrayList<>();
    private Caller caller = new Caller("", "");

    @BeforeEach
    void tenant() {
        caller = server.newOrganization().caller();
    }

    @AfterEach
    void nothingLeaks() throws InterruptedException {
        for (SessionDetails session : started) {
            sessions.delete(caller, id(session), true);
        }
        lab.assertNothingLeaks();
    }

    // ------------------------------------------------------------------------------------------ enabling

    @Test
    void turning_the_switch_off_keeps_what_is_persistent_resumable_and_makes_new_ones_ephemeral() throws Exception {
        String profile = lab.persistent(caller);
        SessionDetails before = stoppedWithWork(profile);
        organizations.allowPersistentSandboxes(caller, false);

        SessionDetails resumed = sessions.resume(caller, id(before));
        SessionDetails after = start(profile);

        assertThat(resumed.sandbox().state()).isEqualTo(SandboxState.RUNNING);
        assertThat(lab.run(caller, before, "cat /root/work")).isEqualTo("done\n");
        assertThat(after.sandbox().mode()).isEqualTo(SandboxMode.EPHEMERAL);
        assertThat(after.sandbox().fallback().map(PersistenceFallback::code))
                .contains("organization_disallows_persistence");
        assertProblem(
                ProblemCode.ORGANIZATION_DISALLOWS_PERSISTENCE,
                () -> volumes.fork(caller, id(before), Optional.empty(), Optional.empty(), null, SandboxLab.PATIENCE));
    }

    // ------------------------------------------------------------------------------------------ checkpoints

    @Test
    void a_checkpoint_of_a_running_sandbox_moves_the_durable_point_and_the_sandbox_goes_on() throws Exception {
        SessionDetails session = startedWithWork(lab.persistent(caller));

        KeptCheckpoint made = checkpoints.create(caller, id(session), null);
        KeptCheckpoint again = checkpoints.create(caller, id(session), null);

        assertThat(made.kind()).isEqualTo(CheckpointKind.MANUAL);
        assertThat(made.createdBy()).isEqualTo(caller.actor());
        assertThat(again.point().sequence()).isGreaterThanOrEqualTo(made.point().sequence());
        assertThat(lab.now(caller, session).durable()).contains(again.point());
        assertThat(lab.now(caller, session).sandbox().state()).isEqualTo(SandboxState.RUNNING);
        assertThat(lab.run(caller, session, "cat /root/work")).isEqualTo("done\n");
    }

    @Test
    void the_same_idempotency_key_makes_one_checkpoint() throws Exception {
        SessionDetails session = startedWithWork(lab.persistent(caller));

        KeptCheckpoint made = checkpoints.create(caller, id(session), "once");
        lab.run(caller, session, "echo more > /root/more");
        KeptCheckpoint again = checkpoints.create(caller, id(session), "once");

        assertThat(again).isEqualTo(made);
        assertThat(checkpoints.list(caller, id(session))).hasSize(1);
    }

    @Test
    void a_checkpoint_of_a_stopped_sandbox_is_the_newest_one() throws Exception {
        SessionDetails session = stoppedWithWork(lab.persistent(caller));

        assertThat(checkpoints.create(caller, id(session), null).kind()).isEqualTo(CheckpointKind.STOP);
        assertThat(checkpoints.list(caller, id(session))).hasSize(1);
    }

    @Test
    void an_ephemeral_sandbox_has_no_checkpoints() throws Exception {
        SessionDetails session = start(lab.usable(caller));

        assertThat(checkpoints.list(caller, id(session))).isEmpty();
        assertProblem(ProblemCode.SANDBOX_NOT_PERSISTENT, () -> checkpoints.create(caller, id(session), null));
        assertProblem(
                ProblemCode.SANDBOX_NOT_PERSISTENT,
                () -> volumes.fork(caller, id(session), Optional.empty(), Optional.empty(), null, SandboxLab.PATIENCE));
        assertProblem(
                ProblemCode.SANDBOX_NOT_PERSISTENT, () -> volumes.prepareExport(caller, id(session), Optional.empty()));
    }

    @Test
    void a_running_sandbox_is_checkpointed_when_its_time_has_come_and_not_before() throws Exception {
        SessionDetails session =
                startedWithWork(lab.persistent(caller, "\"lifecycle\":{\"checkpointIntervalSeconds\":7200}"));
        lab.watch();
        assertThat(checkpoints.list(caller, id(session))).isEmpty();

        clock.advance(Duration.ofHours(2));
        lab.watch();

        until(session, it -> it.durable().isPresent());
        assertThat(checkpoints.list(caller, id(session)))
                .extracting(KeptCheckpoint::kind)
                .containsExactly(CheckpointKind.INTERVAL);
        assertThat(lab.now(caller, session).sandbox().upkeep().checkpointDueAt().orElseThrow())
                .isAfter(clock.instant().plus(Duration.ofHours(1)));
    }

    @Test
    void checkpoints_beyond_those_that_are_kept_go_and_what_was_thinned_is_not_looked_at_again() throws Exception {
        SessionDetails session = startedWithWork(lab.persistent(caller));
        for (int i = 0; i < 15; i++) {
            lab.run(caller, session, "echo " + i + " > /root/work");
            checkpoints.create(caller, id(session), null);
        }

        lab.keepUpVolumes();

        // Where an hour or a day ends meanwhile, the last of it is kept as well.
        assertThat(checkpoints.list(caller, id(session))).hasSizeBetween(10, 12);
        int looked = lab.host().faults().calls("volume.checkpoints");
        lab.run(caller, session, "echo more > /root/work");
        checkpoints.create(caller, id(session), null);
        lab.keepUpVolumes();
        lab.keepUpVolumes();
        lab.keepUpVolumes();
        assertThat(checkpoints.list(caller, id(session))).hasSizeBetween(10, 12);
        assertThat(lab.host().faults().calls("volume.checkpoints") - looked).isEqualTo(1);
    }

    // ------------------------------------------------------------------------------------------ rollback

    @Test
    void a_rollback_brings_the_old_content_back_and_can_itself_be_rolled_back() throws Exception {
        SessionDetails session = stoppedWithWork(lab.persistent(caller));
        KeptCheckpoint first = checkpoints.list(caller, id(session)).getFirst();
        sessions.resume(caller, id(session));
        lab.run(caller, session, "echo spoiled > /root/work");
        sessions.stop(caller, id(session), Duration.ZERO);
        KeptCheckpoint spoiled = checkpoints.list(caller, id(session)).getFirst();

        SessionDetails back = checkpoints.rollback(caller, id(session), name(first), null);

        assertThat(back.sandbox().state()).isEqualTo(SandboxState.STOPPED);
        assertThat(back.sandbox().failure()).isEmpty();
        assertThat(back.durable().orElseThrow().sequence()).isEqualTo(3);
        assertThat(checkpoints.list(caller, id(session)).getFirst())
                .satisfies(it -> assertThat(it.kind()).isEqualTo(CheckpointKind.ROLLBACK))
                .satisfies(it -> assertThat(it.source()).contains(name(first)));
        sessions.resume(caller, id(session));
        assertThat(lab.run(caller, session, "cat /root/work")).isEqualTo("done\n");
        sessions.stop(caller, id(session), Duration.ZERO);
        checkpoints.rollback(caller, id(session), name(spoiled), null);
        sessions.resume(caller, id(session));
        assertThat(lab.run(caller, session, "cat /root/work")).isEqualTo("spoiled\n");
    }

    @Test
    void a_rollback_needs_a_stopped_sandbox_and_a_checkpoint_of_its_own() throws Exception {
        String profile = lab.persistent(caller);
        SessionDetails session = stoppedWithWork(profile);
        SessionDetails other = stoppedWithWork(profile);
        String foreign = name(checkpoints.list(caller, id(other)).getFirst());
        String own = name(checkpoints.list(caller, id(session)).getFirst());

        assertProblem(ProblemCode.NOT_FOUND, () -> checkpoints.rollback(caller, id(session), foreign, null));
        assertProblem(ProblemCode.NOT_FOUND, () -> checkpoints.rollback(caller, id(session), "nonsense", null));
        sessions.resume(caller, id(session));
        assertProblem(ProblemCode.SANDBOX_NOT_STOPPED, () -> checkpoints.rollback(caller, id(session), own, null));
    }

    // ------------------------------------------------------------------------------------------ fork

    @Test
    void a_fork_begins_with_what_the_source_holds_and_neither_changes_the_other() throws Exception {
        SessionDetails source = startedWithWork(lab.persistent(caller));

        SessionDetails fork = fork(source, Optional.empty());
        lab.run(caller, fork, "echo other > /root/work");
        lab.run(caller, source, "echo mine > /root/mine");

        assertThat(fork.sandbox().state()).isEqualTo(SandboxState.RUNNING);
        assertThat(fork.sandbox().generation()).isEqualTo(1);
        assertThat(fork.sandbox().snapshotId()).isEqualTo(source.sandbox().snapshotId());
        assertThat(fork.durable()).isPresent();
        assertThat(lab.run(caller, source, "cat /root/work")).isEqualTo("done\n");
        assertThat(lab.run(caller, fork, "test -f /root/mine; echo there")).isEmpty();
        JsonNode report = json.readTree(fork.sandbox().lifecycle().orElseThrow());
        assertThat(report.path("origin").path("kind").asString()).isEqualTo("fork");
        assertThat(report.path("survived").size()).isEqualTo(2);
        sessions.delete(caller, id(source), true);
        sessions.stop(caller, id(fork), Duration.ZERO);
        sessions.resume(caller, id(fork));
        assertThat(lab.run(caller, fork, "cat /root/work")).isEqualTo("other\n");
    }

    @Test
    void a_fork_can_begin_with_an_older_checkpoint() throws Exception {
        SessionDetails source = stoppedWithWork(lab.persistent(caller));
        KeptCheckpoint first = checkpoints.list(caller, id(source)).getFirst();
        sessions.resume(caller, id(source));
        lab.run(caller, source, "echo later > /root/work");
        sessions.stop(caller, id(source), Duration.ZERO);

        assertThat(lab.run(caller, fork(source, Optional.of(name(first))), "cat /root/work"))
                .isEqualTo("done\n");
        assertThat(lab.run(caller, fork(source, Optional.empty()), "cat /root/work"))
                .isEqualTo("later\n");
    }

    @Test
    void the_same_idempotency_key_makes_one_fork() throws Exception {
        SessionDetails source = startedWithWork(lab.persistent(caller));

        List<SessionDetails> forks = AtOnce.call(List.<Callable<SessionDetails>>of(
                () -> volumes.fork(caller, id(source), Optional.empty(), Optional.empty(), "f", SandboxLab.PATIENCE)));
        SessionDetails again =
                volumes.fork(caller, id(source), Optional.empty(), Optional.empty(), "f", SandboxLab.PATIENCE);
        started.addAll(forks);

        assertThat(id(again)).isEqualTo(id(forks.getFirst()));
        assertThat(checkpoints.list(caller, id(source))).hasSize(1);
    }

    // ------------------------------------------------------------------------------------------ export, import

    @Test
    void what_was_exported_is_imported_into_a_new_session() throws Exception {
        String profile = lab.persistent(caller);
        SessionDetails source = startedWithWork(profile);

        SessionDetails imported = imported(profile, exported(source));

        assertThat(imported.sandbox().state())
                .as("%s", imported.sandbox().failure())
                .isEqualTo(SandboxState.RUNNING);
        assertThat(lab.run(caller, imported, "cat /root/work")).isEqualTo("done\n");
        assertThat(checkpoints.list(caller, id(imported)))
                .extracting(KeptCheckpoint::kind)
                .containsExactly(CheckpointKind.IMPORT);
    }

    @Test
    void a_stream_that_was_cut_is_refused_and_leaves_nothing() throws Exception {
        String profile = lab.persistent(caller);
        byte[] whole = exported(startedWithWork(profile));
        byte[] cut = Arrays.copyOf(whole, whole.length - 3);

        assertProblem(ProblemCode.VOLUME_STREAM_UNUSABLE, () -> imported(profile, cut));
        assertProblem(ProblemCode.VOLUME_STREAM_UNUSABLE, () -> imported(profile, new byte[] {1, 2, 3}));

        assertThat(sessions.list(
                                caller,
                                Optional.empty(),
                                Optional.of(profile),
                                new dev.sandkeep.server.platform.web.PageRequest(50, Optional.empty()))
                        .items())
                .hasSize(1);
    }

    @Test
    void an_import_needs_a_version_that_uses_persistent_sandboxes() throws Exception {
        byte[] stream = exported(startedWithWork(lab.persistent(caller)));

        assertProblem(ProblemCode.SANDBOX_NOT_PERSISTENT, () -> imported(lab.usable(caller), stream));
    }

    @Test
    void the_usage_of_a_volume_is_told() throws Exception {
        SessionDetails session = stoppedWithWork(lab.persistent(caller));

        assertThat(volumes.usage(caller, id(session), 5).checkpoints()).isEqualTo(1);
        assertThat(volumes.usage(caller, id(session), 5).bytes()).isPositive();
    }

    // ------------------------------------------------------------------------------------------ expiry, idle

    @Test
    void a_sandbox_is_told_before_it_expires() throws Exception {
        List<String> signalled = new ArrayList<>();
        lab.host().provider().command("sandkeep-signal", words -> {
            signalled.add(words.getLast());
            return 0;
        });
        SessionDetails session =
                startedWithWork(lab.persistent(caller, AN_HOUR, "\"agent\":{\"processName\":\"codex\"}"));
        lab.watch();
        assertThat(lab.now(caller, session).sandbox().upkeep().expiryWarnedAt()).isEmpty();

        clock.advance(Duration.ofMinutes(55));
        lab.watch();
        lab.watch();

        assertThat(lab.now(caller, session).sandbox().upkeep().expiryWarnedAt()).isPresent();
        assertThat(json.readTree(lab.run(caller, session, "cat /run/sandkeep/expiry.json"))
                        .path("then")
                        .asString())
                .isEqualTo("replace_if_used");
        assertThat(signalled).containsExactly("codex");
    }

    @Test
    void a_frozen_sandbox_is_told_of_its_expiry_when_it_goes_on_and_nobody_waits_for_that() throws Exception {
        List<String> signalled = new ArrayList<>();
        lab.host().provider().command("sandkeep-signal", words -> {
            signalled.add(words.getLast());
            return 0;
        });
        SessionDetails session =
                startedWithWork(lab.persistent(caller, AN_HOUR, "\"agent\":{\"processName\":\"codex\"}"));
        lab.host().provider().pause(session.sandbox().compute());
        lab.jdbc()
                .sql("update sandboxes set quota_frozen_at = started_at where id = :id")
                .param("id", session.sandbox().id())
                .update();
        int execs = lab.host().faults().calls("provider.exec");
        clock.advance(Duration.ofMinutes(55));

        lab.watch();

        assertThat(lab.host().faults().calls("provider.exec")).isEqualTo(execs);
        assertThat(lab.run(caller, session, "cat /run/sandkeep/expiry.json")).contains("expiresAt");
        lab.watch();
        assertThat(signalled).containsExactly("codex");
        assertThat(lab.now(caller, session).sandbox().upkeep().expiryWarnedAt()).isPresent();
    }

    @Test
    void an_expired_sandbox_that_was_used_is_replaced_with_everything_it_kept() throws Exception {
        SessionDetails session = startedWithWork(lab.persistent(caller, AN_HOUR));
        assertThat(session.sandbox().upkeep().expiresAt()).isPresent();
        clock.advance(Duration.ofMinutes(30));
        lab.run(caller, session, "echo used");

        clock.advance(Duration.ofMinutes(30));
        lab.watch();

        SessionDetails replaced = until(
                session, it -> it.sandbox().generation() == 2 && it.sandbox().state() == SandboxState.RUNNING);
        assertThat(replaced.sandbox().stopReason()).contains(StopReason.EXPIRED);
        assertThat(lab.run(caller, session, "cat /root/work")).isEqualTo("done\n");
        assertThat(checkpoints.list(caller, id(session)).getFirst().kind()).isEqualTo(CheckpointKind.EXPIRY);
        JsonNode report = json.readTree(replaced.sandbox().lifecycle().orElseThrow());
        assertThat(report.path("previousStop").path("reason").asString()).isEqualTo("expired");
        assertThat(report.path("expiry").path("at").asString()).isNotEmpty();
    }

    @Test
    void an_expired_sandbox_that_nobody_used_is_stopped() throws Exception {
        SessionDetails session = startedWithWork(lab.persistent(caller, "\"lifecycle\":{\"maxLifetimeSeconds\":7200}"));
        lab.watch();
        clock.advance(Duration.ofHours(2));
        lab.watch();

        SessionDetails stopped = until(session, it -> it.sandbox().state() == SandboxState.STOPPED);
        assertThat(stopped.sandbox().stopReason()).contains(StopReason.EXPIRED);
        assertThat(lab.settled(caller, session).sandbox().generation()).isEqualTo(1);
    }

    @Test
    void a_profile_decides_what_happens_at_the_end() throws Exception {
        SessionDetails stops = startedWithWork(
                lab.persistent(caller, "\"lifecycle\":{\"maxLifetimeSeconds\":3600,\"onExpiry\":\"stop\"}"));
        SessionDetails replaces = startedWithWork(
                lab.persistent(caller, "\"lifecycle\":{\"maxLifetimeSeconds\":7000,\"onExpiry\":\"replace\"}"));
        SessionDetails ephemeral = start(lab.usable(caller, AN_HOUR));
        clock.advance(Duration.ofHours(2));
        lab.watch();

        until(stops, it -> it.sandbox().state() == SandboxState.STOPPED);
        until(replaces, it -> it.sandbox().generation() == 2 && it.sandbox().state() == SandboxState.RUNNING);
        until(ephemeral, it -> it.sandbox().state() == SandboxState.STOPPED);
        assertThat(lab.now(caller, ephemeral).sandbox().stopReason()).contains(StopReason.EXPIRED);
    }

    @Test
    void a_compute_that_is_gone_after_its_time_has_expired_and_not_been_lost() throws Exception {
        SessionDetails session = startedWithWork(lab.persistent(caller, AN_HOUR));
        lab.host().provider().lose(session.sandbox().compute());
        clock.advance(Duration.ofHours(2));
        lab.watch();

        until(session, it -> it.sandbox().state() == SandboxState.STOPPED);
        assertThat(lab.now(caller, session).sandbox().stopReason()).contains(StopReason.EXPIRED);
        assertThat(sessions.resume(caller, id(session)).sandbox().state()).isEqualTo(SandboxState.RUNNING);
    }

    @Test
    void an_idle_sandbox_is_stopped_and_one_in_which_something_runs_is_not() throws Exception {
        String profile = lab.persistent(caller, "\"lifecycle\":{\"idleTimeoutSeconds\":3600}");
        SessionDetails idle = startedWithWork(profile);
        SessionDetails busy = start(profile);
        try (dev.sandkeep.spi.ExecProcess running =
                sessions.exec(caller, id(busy), ExecSpec.of("sh", "-c", "sleep forever"))) {
            lab.watch();
            clock.advance(Duration.ofHours(1));
            lab.watch();

            assertThat(running.stdin()).isNotNull();
            until(idle, it -> it.sandbox().state() == SandboxState.STOPPED);
            assertThat(lab.now(caller, idle).sandbox().stopReason()).contains(StopReason.IDLE);
            assertThat(lab.now(caller, busy).sandbox().state()).isEqualTo(SandboxState.RUNNING);
        }
    }

    // ------------------------------------------------------------------------------------------ auto-resume

    @Test
    void an_exec_resumes_a_stopped_sandbox_first() throws Exception {
        SessionDetails session = stoppedWithWork(lab.persistent(caller));

        assertThat(lab.run(caller, session, "cat /root/work")).isEqualTo("done\n");
        assertThat(lab.now(caller, session).sandbox().generation()).isEqualTo(2);
    }

    @Test
    void an_exec_resumes_a_sandbox_whose_compute_it_finds_gone() throws Exception {
        SessionDetails session = startedWithWork(lab.persistent(caller));
        lab.host().provider().kill(session.sandbox().compute());

        assertThat(lab.run(caller, session, "cat /root/work")).isEqualTo("done\n");
        assertThat(lab.now(caller, session).sandbox().generation()).isEqualTo(2);
    }

    @Test
    void an_exec_does_not_resume_where_the_profile_or_the_request_says_so() throws Exception {
        SessionDetails session = stoppedWithWork(lab.persistent(caller, "\"lifecycle\":{\"autoResume\":false}"));

        assertProblem(ProblemCode.SANDBOX_NOT_RUNNING, () -> sessions.exec(caller, id(session), ExecSpec.of("true")));
        sessions.exec(caller, id(session), directory -> ExecSpec.of("true"), Optional.of(true))
                .close();
        sessions.stop(caller, id(session), Duration.ZERO);
        SessionDetails other = stoppedWithWork(lab.persistent(caller));
        assertProblem(
                ProblemCode.SANDBOX_NOT_RUNNING,
                () -> sessions.exec(caller, id(other), directory -> ExecSpec.of("true"), Optional.of(false)));
    }

    @Test
    void two_execs_at_the_same_moment_resume_once() throws Exception {
        SessionDetails session = stoppedWithWork(lab.persistent(caller));

        List<String> outputs = AtOnce.call(List.<Callable<String>>of(
                () -> lab.run(caller, session, "cat /root/work"), () -> lab.run(caller, session, "cat /root/work")));

        assertThat(outputs).containsExactly("done\n", "done\n");
        assertThat(lab.now(caller, session).sandbox().generation()).isEqualTo(2);
    }

    // ------------------------------------------------------------------------------------------ deletion

    @Test
    void a_deleted_session_can_be_restored_with_everything_it_kept() throws Exception {
        SessionDetails session = startedWithWork(lab.persistent(caller));
        String name = session.session().name();
        assertThat(sessions.delete(caller, id(session))).isTrue();
        assertThat(lab.now(caller, session).keptUntil()).isPresent();

        SessionDetails restored = sessions.restore(caller, name, Optional.empty());

        assertThat(restored.sandbox().state()).isEqualTo(SandboxState.STOPPED);
        assertThat(restored.session().deletedAt()).isEmpty();
        assertThat(restored.keptUntil()).isEmpty();
        assertThat(lab.run(caller, session, "cat /root/work")).isEqualTo("done\n");
    }

    @Test
    void a_session_whose_volume_is_purged_cannot_be_restored() throws Exception {
        SessionDetails session = startedWithWork(lab.persistent(caller));
        sessions.delete(caller, id(session));
        lab.keepUpVolumes();
        assertThat(lab.host().volumes().list()).isNotEmpty();
        endGracePeriod(session);
        lab.keepUpVolumes();

        assertProblem(
                ProblemCode.SESSION_NOT_RESTORABLE, () -> sessions.restore(caller, id(session), Optional.empty()));
        assertThat(checkpoints.list(caller, id(session))).isEmpty();
    }

    @Test
    void an_ephemeral_session_cannot_be_restored() throws Exception {
        SessionDetails session = start(lab.usable(caller));
        sessions.delete(caller, id(session));

        assertProblem(
                ProblemCode.SESSION_NOT_RESTORABLE, () -> sessions.restore(caller, id(session), Optional.empty()));
    }

    @Test
    void a_session_is_restored_under_another_name_when_its_own_is_taken() throws Exception {
        String profile = lab.persistent(caller);
        NewSession named = new NewSession(profile, OptionalInt.empty(), Optional.of("mine"));
        SessionDetails first = sessions.create(caller, null, named, SandboxLab.PATIENCE);
        sessions.delete(caller, id(first));
        started.add(sessions.create(caller, null, named, SandboxLab.PATIENCE));

        assertProblem(ProblemCode.SESSION_NAME_TAKEN, () -> sessions.restore(caller, id(first), Optional.empty()));
        SessionDetails restored = sessions.restore(caller, id(first), Optional.of("mine-again"));
        started.add(restored);
        assertThat(restored.session().name()).isEqualTo("mine-again");
    }

    // ------------------------------------------------------------------------------------------ limits

    @Test
    void a_sandbox_that_grows_past_a_limit_is_frozen_and_an_exec_thaws_it() throws Exception {
        SessionDetails session =
                start(lab.persistent(caller, "\"persistedPaths\":[{\"path\":\"/data\",\"maxMiB\":1}]"));
        write(session, "/data/a", 700);
        lab.watch();
        write(session, "/data/b", 300);
        untilWatched(
                () -> lab.run(caller, session, "cat /run/sandkeep/quota.json").contains("nearly_full"));
        write(session, "/data/c", 100);
        untilWatched(() ->
                lab.now(caller, session).sandbox().upkeep().quotaFrozenAt().isPresent());

        assertThat(lab.host().provider().inspect(session.sandbox().compute()))
                .asString()
                .contains("paused=true");
        assertThat(lab.run(caller, session, "cat /run/sandkeep/quota.json")).contains("\"full\"");
        assertThat(lab.now(caller, session).sandbox().upkeep().quotaFrozenAt()).isEmpty();
        lab.watch();
        assertThat(lab.now(caller, session).sandbox().upkeep().quotaFrozenAt())
                .as("over the limit, and not growing")
                .isEmpty();
        sessions.stop(caller, id(session), Duration.ZERO);
        assertThat(sessions.resume(caller, id(session)).sandbox().state()).isEqualTo(SandboxState.RUNNING);
        assertThat(lab.run(caller, session, "test -f /data/c; echo there")).isEqualTo("there\n");
    }

    /** Looks again and again, because measuring may rest between two looks. */
    private void untilWatched(Callable<Boolean> enough) {
        await().atMost(SandboxLab.PATIENCE).until(() -> {
            lab.watch();
            return enough.call();
        });
    }

    private void write(SessionDetails session, String path, int kibibytes) throws InterruptedException {
        lab.run(caller, session, "echo " + "x".repeat(kibibytes * 1024) + " > " + path);
    }

    // ------------------------------------------------------------------------------------------ fixture

    private SessionDetails start(String profile) throws InterruptedException {
        SessionDetails session = lab.start(caller, profile);
        assertThat(session.sandbox().state()).isEqualTo(SandboxState.RUNNING);
        started.add(session);
        return session;
    }

    private SessionDetails startedWithWork(String profile) throws InterruptedException {
        SessionDetails session = start(profile);
        lab.run(caller, session, "echo done > /root/work");
        return session;
    }

    private SessionDetails stoppedWithWork(String profile) throws InterruptedException {
        SessionDetails session = startedWithWork(profile);
        sessions.stop(caller, id(session), Duration.ZERO);
        return session;
    }

    private SessionDetails fork(SessionDetails source, Optional<String> at) throws InterruptedException {
        SessionDetails fork = volumes.fork(caller, id(source), at, Optional.empty(), null, SandboxLab.PATIENCE);
        started.add(fork);
        assertThat(fork.sandbox().state()).as("%s", fork.sandbox().failure()).isEqualTo(SandboxState.RUNNING);
        return fork;
    }

    private byte[] exported(SessionDetails session) throws InterruptedException {
        ByteArrayOutputStream stream = new ByteArrayOutputStream();
        volumes.export(volumes.prepareExport(caller, id(session), Optional.empty()), stream);
        return stream.toByteArray();
    }

    private SessionDetails imported(String profile, byte[] stream) throws InterruptedException {
        SessionDetails session = volumes.importFrom(
                caller,
                new NewSession(profile, OptionalInt.empty(), Optional.empty()),
                null,
                new ByteArrayInputStream(stream),
                SandboxLab.PATIENCE);
        started.add(session);
        return session;
    }

    private void endGracePeriod(SessionDetails session) {
        lab.jdbc()
                .sql("update volumes set delete_after = created_at where sandbox_id = :id")
                .param("id", session.sandbox().id())
                .update();
    }

    private SessionDetails until(SessionDetails session, Predicate<SessionDetails> enough) {
        return await("session " + id(session))
                .atMost(SandboxLab.PATIENCE)
                .until(() -> lab.now(caller, session), enough);
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
