package dev.sandkeep.server.snapshots;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.sandkeep.server.platform.errors.ProblemCode;
import dev.sandkeep.server.platform.errors.SandkeepException;
import dev.sandkeep.server.platform.security.Caller;
import dev.sandkeep.server.platform.web.PageRequest;
import dev.sandkeep.server.profiles.Profiles;
import dev.sandkeep.server.testing.CrashPlan;
import dev.sandkeep.server.testing.SandboxLab;
import dev.sandkeep.server.testing.ServerTest;
import dev.sandkeep.server.testing.TestServer;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;

@ServerTest
class SetupTestsTest {
    @Autowired
    TestServer server;

    @Autowired
    SandboxLab lab;

    @Autowired
    SetupTests tests;

    @Autowired
    SnapshotJobs jobs;

    @Autowired
    Snapshots snapshots;

    @Autowired
    Profiles profiles;

    private Caller caller = new Caller("", "");
    private String profile = "";

    @BeforeEach
    void aVersionAndADraft() {
        caller = server.newOrganization().caller();
        profile = lab.usable(caller);
        lab.draft(
                caller,
                profile,
                SandboxLab.spec(
                        "\"files\":[{\"path\":\"/opt/name\",\"content\":\"draft\\n\"}]",
                        SandboxLab.text("setupScript", "echo saved")));
    }

    @AfterEach
    void nothingLeaks() {
        lab.host().crashes().clear();
        lab.assertNothingLeaks();
    }

    @Test
    void the_text_of_the_editor_runs_on_what_the_draft_says_and_nothing_is_kept() {
        SnapshotJob test = ended("cat /opt/name; echo unsaved");
        assertThat(test.state()).isEqualTo(SnapshotJobState.SUCCEEDED);
        assertThat(test.snapshotId()).isEmpty();
        assertThat(jobs.lines(test, 0, 1000))
                .extracting(JobLine::text)
                .contains("draft", "unsaved")
                .doesNotContain("saved");
        assertThat(lab.host().provider().listImages())
                .noneMatch(image ->
                        lab.host().provider().fileOf(image.id(), "/opt/name").isPresent());
        await("its compute is gone")
                .atMost(SandboxLab.PATIENCE)
                .until(() -> lab.host().provider().listComputes().stream()
                        .noneMatch(id -> id.sandbox().equals(test.id())));
    }

    @Test
    void without_a_text_the_script_of_the_draft_runs() {
        assertThat(jobs.lines(ended(null), 0, 1000)).extracting(JobLine::text).contains("saved");
    }

    @Test
    void a_script_that_fails_shows_its_exit_code() {
        SnapshotJob test = ended("echo no >&2; exit 7");
        assertThat(test.state()).isEqualTo(SnapshotJobState.FAILED);
        assertThat(test.failure()).hasValueSatisfying(failure -> {
            assertThat(failure.code()).isEqualTo("setup_script_failed");
            assertThat(failure.exitCode()).hasValue(7);
            assertThat(failure.lastLines()).containsExactly("no");
        });
    }

    @Test
    void the_version_and_its_jobs_do_not_hear_of_it() {
        var before = snapshots.statuses(profiles.find(caller, profile).id(), Set.of(1));
        ended("exit 1");
        assertThat(snapshots.statuses(profiles.find(caller, profile).id(), Set.of(1)))
                .isEqualTo(before);
        assertThat(jobs.list(caller, Optional.of(profile), Optional.empty(), new PageRequest(50, Optional.empty()))
                        .items())
                .hasSize(1);
    }

    @Test
    void a_refresh_can_go_on_beside_it_and_a_second_test_cannot() throws InterruptedException {
        SnapshotJob test = tests.start(caller, null, profile, "echo begun; sleep forever");
        await().atMost(SandboxLab.PATIENCE)
                .until(() -> jobs.lines(test, 0, 1000).stream()
                        .anyMatch(line -> line.text().equals("begun")));
        assertThatThrownBy(() -> tests.start(caller, null, profile, "echo second"))
                .isInstanceOfSatisfying(SandkeepException.class, problem -> {
                    assertThat(problem.code()).isEqualTo(ProblemCode.SNAPSHOT_JOB_ACTIVE);
                    assertThat(problem.fields()).containsEntry("activeJobId", test.id());
                });
        assertThat(lab.ended(
                                caller,
                                jobs.refresh(caller, null, profile, 1, RefreshOptions.DEFAULT)
                                        .id())
                        .state())
                .isEqualTo(SnapshotJobState.SUCCEEDED);
        assertThat(jobs.cancel(caller, test.id()).state()).isEqualTo(SnapshotJobState.CANCELED);
    }

    @Test
    void a_test_whose_server_dies_begins_again_elsewhere() {
        lab.host().crashes().onNext("provider.exec", CrashPlan.When.AFTER);
        String id = tests.start(caller, null, profile, "echo unsaved").id();
        SnapshotJob job = lab.endedByAnotherAttempt(caller, id);
        assertThat(job.state()).isEqualTo(SnapshotJobState.SUCCEEDED);
        assertThat(job.attempt()).isEqualTo(2);
    }

    private SnapshotJob ended(@Nullable String script) {
        return lab.ended(caller, tests.start(caller, null, profile, script).id());
    }
}
