package dev.sandkeep.server.sessions;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sandkeep.server.platform.errors.ProblemCode;
import dev.sandkeep.server.platform.errors.SandkeepException;
import dev.sandkeep.server.platform.security.Caller;
import dev.sandkeep.server.testing.AtOnce;
import dev.sandkeep.server.testing.SandboxLab;
import dev.sandkeep.server.testing.ServerTest;
import dev.sandkeep.server.testing.TestServer;
import dev.sandkeep.spi.ComputeId;
import dev.sandkeep.spi.ExecSpec;
import dev.sandkeep.spi.VolumeDamage;
import dev.sandkeep.spi.VolumeId;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

@ServerTest
class SessionsTest {
    @Autowired
    TestServer server;

    @Autowired
    SandboxLab lab;

    @Autowired
    Sessions sessions;

    @Autowired
    JsonMapper json;

    private Caller caller = new Caller("", "");

    @BeforeEach
    void tenant() {
        caller = server.newOrganization().caller();
    }

    @AfterEach
    void nothingLeaks() {
        lab.assertNothingLeaks();
    }

    @Test
    void a_session_starts_from_the_snapshot_and_runs_commands() throws InterruptedException {
        String profile = lab.usable(caller, SandboxLab.text("setupScript", "echo prepared > /opt/made"));

        SessionDetails session = lab.start(caller, profile);

        assertThat(session.sandbox().state()).isEqualTo(SandboxState.RUNNING);
        assertThat(session.sandbox().generation()).isEqualTo(1);
        assertThat(session.sandbox().mode()).isEqualTo(SandboxMode.EPHEMERAL);
        assertThat(lab.run(caller, session, "cat /opt/made")).isEqualTo("prepared\n");
    }

    @Test
    void a_version_without_a_usable_snapshot_cannot_be_started() {
        String profile = lab.publish(caller, SandboxLab.spec(SandboxLab.text("setupScript", "exit 3")));
        String job = lab.newestJob(caller, profile).id();
        lab.ended(caller, job);

        assertThatThrownBy(() -> lab.start(caller, profile))
                .isInstanceOfSatisfying(SandkeepException.class, problem -> {
                    assertThat(problem.code()).isEqualTo(ProblemCode.PROFILE_VERSION_NOT_USABLE);
                    assertThat(problem.fields())
                            .containsEntry("state", "failed")
                            .containsEntry("jobId", job);
                });
    }

    @Test
    void names_are_unique_until_their_session_is_deleted() throws InterruptedException {
        String profile = lab.usable(caller);
        NewSession named = new NewSession(profile, OptionalInt.empty(), Optional.of("mine"));
        sessions.create(caller, null, named, SandboxLab.PATIENCE);

        assertProblem(ProblemCode.SESSION_NAME_TAKEN, () -> sessions.create(caller, null, named, SandboxLab.PATIENCE));
        assertThat(sessions.delete(caller, "mine")).isTrue();
        assertThat(sessions.create(caller, null, named, SandboxLab.PATIENCE)
                        .sandbox()
                        .state())
                .isEqualTo(SandboxState.RUNNING);
    }

    @Test
    void commands_begin_in_the_repository_that_was_chosen() throws InterruptedException {
        lab.host().provider().output("sandkeep-git", words -> "");
        lab.host().provider().output("sandkeep-heads", words -> "0".repeat(40) + "\trefs/heads/main\n");
        lab.host().provider().command("sandkeep-clone", words -> 0);
        String profile = lab.usable(
                caller,
                "\"repositories\":[{\"url\":\"https://example.org/tool.git\",\"ref\":\"main\",\"path\":\"/srv/tool\"}]");

        assertThat(beginning(profile, Optional.of("https://example.org/tool.git")))
                .isEqualTo("/srv/tool\n");
        assertThat(beginning(profile, Optional.of("/srv/tool"))).isEqualTo("/srv/tool\n");
        assertThat(beginning(profile, Optional.empty())).isEqualTo("/root\n");
        assertThatThrownBy(() -> beginning(profile, Optional.of("/srv")))
                .isInstanceOfSatisfying(
                        SandkeepException.class,
                        problem -> assertThat(problem.errors()).singleElement().satisfies(mistake -> {
                            assertThat(mistake.field()).isEqualTo("repository");
                            assertThat(mistake.message()).contains("https://example.org/tool.git in /srv/tool");
                        }));
    }

    /** Where a command of a new session begins that does not say where. */
    private String beginning(String profile, Optional<String> repository) throws InterruptedException {
        SessionDetails session = sessions.create(
                caller,
                null,
                new NewSession(profile, OptionalInt.empty(), Optional.empty(), repository),
                SandboxLab.PATIENCE);
        return CollectedExec.run(
                        sessions.exec(
                                caller,
                                session.session().id(),
                                directory -> new ExecSpec(List.of("pwd"), Map.of(), directory),
                                Optional.empty()),
                        "",
                        SandboxLab.PATIENCE)
                .stdout();
    }

    @Test
    void the_same_idempotency_key_gives_the_same_session() throws InterruptedException {
        String profile = lab.usable(caller);
        NewSession wanted = new NewSession(profile, OptionalInt.empty(), Optional.empty());

        List<SessionDetails> answers =
                AtOnce.call(Collections.nCopies(4, () -> sessions.create(caller, "once", wanted, SandboxLab.PATIENCE)));

        assertThat(answers)
                .extracting(it -> it.session().id())
                .containsOnly(answers.getFirst().session().id());
        assertThat(answers).extracting(it -> it.sandbox().state()).containsOnly(SandboxState.RUNNING);
    }

    @Test
    void what_one_organization_owns_does_not_exist_for_another() throws InterruptedException {
        SessionDetails session = lab.start(caller, lab.usable(caller));
        Caller other = server.newOrganization().caller();
        String id = session.session().id();

        for (Callable<?> attempt : List.<Callable<?>>of(
                () -> sessions.get(other, id),
                () -> sessions.stop(other, id, Duration.ZERO),
                () -> sessions.resume(other, id),
                () -> sessions.delete(other, id),
                () -> sessions.exec(other, id, ExecSpec.of("true")))) {
            assertProblem(ProblemCode.NOT_FOUND, attempt);
        }
    }

    // ------------------------------------------------------------------------------------------ persistence

    @Test
    void persistence_that_the_organization_does_not_allow_is_not_given_and_the_answer_says_so()
            throws InterruptedException {
        String profile = lab.usable(caller, "\"usePersistentSandboxes\":true");

        SessionDetails session = lab.start(caller, profile);

        assertThat(session.sandbox().mode()).isEqualTo(SandboxMode.EPHEMERAL);
        assertThat(session.sandbox().fallback())
                .hasValueSatisfying(it -> assertThat(it.code()).isEqualTo("organization_disallows_persistence"));
        assertThat(session.sandbox().persistedPaths()).isEmpty();
    }

    @Test
    void persisted_paths_survive_stop_and_resume_and_the_rest_is_back_to_the_snapshot() throws InterruptedException {
        SessionDetails session = lab.start(caller, lab.persistent(caller));
        lab.run(caller, session, "echo work > /root/notes; echo gone > /opt/scratch");

        SessionDetails stopped = sessions.stop(caller, id(session), Duration.ofSeconds(1));

        assertThat(stopped.sandbox().state()).isEqualTo(SandboxState.STOPPED);
        assertThat(stopped.sandbox().stopReason()).contains(StopReason.USER);
        assertThat(stopped.durable())
                .hasValueSatisfying(point -> assertThat(point.sequence()).isEqualTo(1));

        SessionDetails resumed = sessions.resume(caller, id(session));

        assertThat(resumed.sandbox().state()).isEqualTo(SandboxState.RUNNING);
        assertThat(resumed.sandbox().generation()).isEqualTo(2);
        assertThat(resumed.sandbox().id()).isEqualTo(session.sandbox().id());
        assertThat(resumed.sandbox().snapshotId()).isEqualTo(session.sandbox().snapshotId());
        assertThat(lab.run(caller, session, "cat /root/notes")).isEqualTo("work\n");
        assertThat(lab.run(caller, session, "cat /opt/scratch")).isEmpty();
    }

    @Test
    void the_lifecycle_report_says_what_survived_and_is_the_same_inside() throws InterruptedException {
        SessionDetails session = lab.start(caller, lab.persistent(caller));
        JsonNode first = json.readTree(session.sandbox().lifecycle().orElseThrow());
        assertThat(first.path("generation").intValue()).isEqualTo(1);
        assertThat(first.path("previousStop").isNull()).isTrue();
        assertThat(first.path("survived").size()).isZero();

        sessions.stop(caller, id(session), Duration.ZERO);
        SessionDetails resumed = sessions.resume(caller, id(session));

        String report = resumed.sandbox().lifecycle().orElseThrow();
        JsonNode second = json.readTree(report);
        assertThat(second.path("generation").intValue()).isEqualTo(2);
        assertThat(second.path("previousStop").path("reason").stringValue()).isEqualTo("user");
        assertThat(second.path("previousStop").path("generation").intValue()).isEqualTo(1);
        assertThat(second.path("survived").size()).isEqualTo(2);
        assertThat(second.path("durablePoint").path("sequence").intValue()).isEqualTo(1);
        assertThat(lab.run(caller, session, "cat /run/sandkeep/lifecycle.json")).isEqualTo(report);
    }

    @Test
    void an_ephemeral_sandbox_cannot_be_resumed() throws InterruptedException {
        SessionDetails session = lab.start(caller, lab.usable(caller));
        sessions.stop(caller, id(session), Duration.ZERO);

        assertProblem(ProblemCode.SANDBOX_NOT_PERSISTENT, () -> sessions.resume(caller, id(session)));
        assertProblem(ProblemCode.SANDBOX_NOT_RUNNING, () -> sessions.exec(caller, id(session), ExecSpec.of("true")));
    }

    @Test
    void two_resumes_at_the_same_moment_give_one_compute() throws InterruptedException {
        SessionDetails session = lab.start(caller, lab.persistent(caller));
        sessions.stop(caller, id(session), Duration.ZERO);
        int before = lab.host().provider().starts();

        List<SessionDetails> answers = AtOnce.call(Collections.nCopies(4, () -> sessions.resume(caller, id(session))));

        assertThat(answers).extracting(it -> it.sandbox().state()).containsOnly(SandboxState.RUNNING);
        assertThat(answers).extracting(it -> it.sandbox().generation()).containsOnly(2);
        assertThat(lab.host().provider().starts()).isEqualTo(before + 1);
    }

    @Test
    void a_damaged_volume_fails_the_resume_starts_nothing_and_stays_as_it_is() throws InterruptedException {
        SessionDetails session = lab.start(caller, lab.persistent(caller));
        lab.run(caller, session, "echo work > /root/notes");
        sessions.stop(caller, id(session), Duration.ZERO);
        VolumeId volume = volumeOf(session);
        int before = lab.host().provider().starts();

        for (VolumeDamage.Code code : VolumeDamage.Code.values()) {
            lab.host().volumes().damage(volume, code);
            SessionDetails failed = sessions.resume(caller, id(session));
            assertThat(failed.sandbox().state()).isEqualTo(SandboxState.STOPPED);
            assertThat(failed.sandbox().failure())
                    .hasValueSatisfying(failure -> assertThat(failure.code())
                            .isEqualTo("volume_" + code.name().toLowerCase(java.util.Locale.ROOT)));
        }
        assertThat(lab.host().provider().starts()).isEqualTo(before);

        lab.host().volumes().mend(volume);
        assertThat(sessions.resume(caller, id(session)).sandbox().state()).isEqualTo(SandboxState.RUNNING);
        assertThat(lab.run(caller, session, "cat /root/notes")).isEqualTo("work\n");
    }

    @Test
    void a_lost_volume_fails_the_resume_and_is_never_made_anew() throws InterruptedException {
        SessionDetails session = lab.start(caller, lab.persistent(caller));
        sessions.stop(caller, id(session), Duration.ZERO);
        lab.host().volumes().lose(volumeOf(session));

        SessionDetails failed = sessions.resume(caller, id(session));

        assertThat(failed.sandbox().state()).isEqualTo(SandboxState.STOPPED);
        assertThat(failed.sandbox().failure())
                .hasValueSatisfying(failure -> assertThat(failure.code()).isEqualTo("volume_missing"));
        assertThat(lab.host().volumes().list()).doesNotContain(volumeOf(session));
        assertThat(lab.leaks()).extracting("name").contains(volumeOf(session).value());
        assertThat(sessions.delete(caller, id(session), true)).isTrue();
    }

    // ------------------------------------------------------------------------------------------ lost compute

    @Test
    void a_persistent_sandbox_whose_compute_is_gone_is_stopped_and_can_be_resumed() throws InterruptedException {
        SessionDetails session = lab.start(caller, lab.persistent(caller));
        lab.run(caller, session, "echo work > /root/notes");
        lab.host().provider().kill(session.sandbox().compute());

        lab.reconcile();

        SessionDetails stopped = lab.settled(caller, session);
        assertThat(stopped.sandbox().state()).isEqualTo(SandboxState.STOPPED);
        assertThat(stopped.sandbox().stopReason()).contains(StopReason.COMPUTE_LOST);
        assertThat(stopped.durable()).isPresent();
        assertThat(sessions.resume(caller, id(session)).sandbox().generation()).isEqualTo(2);
        assertThat(lab.run(caller, session, "cat /root/notes")).isEqualTo("work\n");
    }

    @Test
    void an_ephemeral_sandbox_whose_compute_is_gone_has_failed_and_says_that_its_state_is_gone()
            throws InterruptedException {
        SessionDetails session = lab.start(caller, lab.usable(caller));
        lab.host().provider().lose(session.sandbox().compute());

        lab.reconcile();

        SessionDetails failed = lab.settled(caller, session);
        assertThat(failed.sandbox().state()).isEqualTo(SandboxState.FAILED);
        assertThat(failed.sandbox().failure())
                .hasValueSatisfying(failure -> assertThat(failure.code()).isEqualTo("compute_lost"));
    }

    @Test
    void a_command_notices_at_once_that_the_compute_is_gone() throws InterruptedException {
        SessionDetails session = lab.start(caller, lab.persistent(caller));
        lab.host().provider().kill(session.sandbox().compute());

        assertThatThrownBy(
                        () -> sessions.exec(caller, id(session), directory -> ExecSpec.of("true"), Optional.of(false)))
                .isInstanceOfSatisfying(SandkeepException.class, problem -> {
                    assertThat(problem.code()).isEqualTo(ProblemCode.SANDBOX_NOT_RUNNING);
                    assertThat(problem.nextStep()).contains("resume");
                });
        assertThat(lab.settled(caller, session).sandbox().stopReason()).contains(StopReason.COMPUTE_LOST);
    }

    // ------------------------------------------------------------------------------------------ delete

    @Test
    void deleting_stops_destroys_and_leaves_a_tombstone() throws InterruptedException {
        SessionDetails session = lab.start(caller, lab.persistent(caller));
        VolumeId volume = volumeOf(session);

        assertThat(sessions.delete(caller, id(session), true)).isTrue();

        SessionDetails tombstone = lab.now(caller, session);
        assertThat(tombstone.sandbox().state()).isEqualTo(SandboxState.DELETED);
        assertThat(tombstone.session().deletedAt()).isPresent();
        assertThat(lab.host().volumes().list()).doesNotContain(volume);
        assertThat(lab.host().provider().listComputes())
                .doesNotContain(session.sandbox().compute());
        assertThat(sessions.delete(caller, id(session), true)).isTrue();
        assertProblem(ProblemCode.SESSION_DELETED, () -> sessions.resume(caller, id(session)));
        assertProblem(ProblemCode.SESSION_DELETED, () -> sessions.stop(caller, id(session), Duration.ZERO));
    }

    @Test
    void a_compute_that_belongs_to_nothing_is_destroyed_after_a_grace_time_and_not_before()
            throws InterruptedException {
        SessionDetails session = lab.start(caller, lab.usable(caller));
        ComputeId planted = new ComputeId("sbx_00000000000000000000000000", 1);
        lab.host()
                .provider()
                .plant(planted, new dev.sandkeep.spi.ImageId(session.sandbox().snapshotId()));

        lab.reconcile();
        assertThat(lab.host().provider().listComputes()).contains(planted);
        assertThat(lab.leaks()).extracting("owner").contains(planted.name());

        clock.advance(Duration.ofSeconds(61));
        lab.reconcile();
        assertThat(lab.host().provider().listComputes())
                .doesNotContain(planted)
                .contains(session.sandbox().compute());
    }

    @Autowired
    dev.sandkeep.server.testing.SettableClock clock;

    // ------------------------------------------------------------------------------------------ fixture

    private static String id(SessionDetails session) {
        return session.session().id();
    }

    private VolumeId volumeOf(SessionDetails session) {
        return new VolumeId(lab.jdbc()
                .sql("select id from volumes where sandbox_id = :sandbox")
                .param("sandbox", session.sandbox().id())
                .query(String.class)
                .single());
    }

    private static void assertProblem(ProblemCode code, Callable<?> attempt) {
        assertThatThrownBy(attempt::call)
                .isInstanceOfSatisfying(
                        SandkeepException.class,
                        problem -> assertThat(problem.code()).isEqualTo(code));
    }
}
