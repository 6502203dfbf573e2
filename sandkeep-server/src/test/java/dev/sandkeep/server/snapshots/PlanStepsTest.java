package dev.sandkeep.server.snapshots;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandkeep.server.events.EventLog;
import dev.sandkeep.server.platform.errors.ProblemCode;
import dev.sandkeep.server.platform.security.Caller;
import dev.sandkeep.server.profiles.Profiles;
import dev.sandkeep.server.testing.SandboxLab;
import dev.sandkeep.server.testing.ServerTest;
import dev.sandkeep.server.testing.TestServer;
import dev.sandkeep.spi.ImageId;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;

/** Packages, repositories, maintenance, and builds that are skipped; apt and git are played by the test's host. */
@ServerTest
class PlanStepsTest {
    private static final String HEAD = "0123456789abcdef0123456789abcdef01234567";
    private static final String REPOSITORY =
            "\"repositories\":[{\"url\":\"https://example.org/tool.git\",\"ref\":\"main\",\"path\":\"/srv/tool\"}]";

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
    SnapshotHistory history;

    @Autowired
    EventLog events;

    private final ConcurrentLinkedQueue<List<String>> cloned = new ConcurrentLinkedQueue<>();
    private volatile String head = HEAD;
    private volatile String version = "1.6-2.1";
    private Caller caller = new Caller("", "");

    @BeforeEach
    void aHostWithAptAndGit() {
        caller = server.newOrganization().caller();
        lab.host().provider().output("sandkeep-git", words -> "");
        lab.host().provider().output("sandkeep-heads", words -> head + "\trefs/heads/main\n");
        lab.host()
                .provider()
                .output("sandkeep-candidates", words -> "jq:\n  Installed: (none)\n  Candidate: " + version + "\n");
        lab.host().provider().command("sandkeep-packages", words -> 0);
        lab.host().provider().command("sandkeep-clone", words -> {
            cloned.add(words.subList(1, words.size()));
            return 0;
        });
    }

    @AfterEach
    void nothingLeaks() {
        lab.assertNothingLeaks();
    }

    @Test
    void repositories_are_cloned_at_the_commit_that_the_inputs_name() {
        lab.usable(caller, REPOSITORY);
        assertThat(cloned).containsExactly(List.of("https://example.org/tool.git", "main", "/srv/tool", "1", HEAD));
    }

    @Test
    void a_repository_that_cannot_be_cloned_fails_the_job_and_is_named() {
        lab.host().provider().command("sandkeep-clone", words -> 128);
        JobFailure failure = ended(lab.publish(caller, SandboxLab.spec(REPOSITORY)))
                .failure()
                .orElseThrow();
        assertThat(failure.code()).isEqualTo(ProblemCode.REPOSITORY_CLONE_FAILED.code());
        assertThat(failure.phase()).contains("repositories");
        assertThat(failure.message()).contains("https://example.org/tool.git", "/srv/tool");
        assertThat(failure.exitCode()).hasValue(128);
    }

    @Test
    void a_branch_that_does_not_exist_fails_the_job() {
        head = "";
        JobFailure failure = ended(lab.publish(caller, SandboxLab.spec(REPOSITORY)))
                .failure()
                .orElseThrow();
        assertThat(failure.code()).isEqualTo(ProblemCode.REPOSITORY_CLONE_FAILED.code());
        assertThat(failure.message()).contains("neither a branch nor a tag 'main'");
    }

    @Test
    void packages_that_apt_does_not_know_fail_the_job_before_anything_is_installed() {
        JobFailure failure = ended(lab.publish(caller, SandboxLab.spec("\"packages\":[\"jq\",\"nosuch\"]")))
                .failure()
                .orElseThrow();
        assertThat(failure.code()).isEqualTo(ProblemCode.PACKAGES_FAILED.code());
        assertThat(failure.phase()).contains("inputs");
        assertThat(failure.message()).endsWith("nosuch");
    }

    @Test
    void a_refresh_only_if_changed_is_skipped_until_a_repository_or_a_package_moves() {
        String profile = lab.usable(caller, REPOSITORY, "\"packages\":[\"jq\"]");
        String before = usable(profile);

        SnapshotJob same = refresh(profile, new RefreshOptions(false, true));
        assertThat(same.state()).isEqualTo(SnapshotJobState.SKIPPED);
        assertThat(same.failure()).isEmpty();
        assertThat(usable(profile)).isEqualTo(before);
        await("its compute is gone")
                .atMost(SandboxLab.PATIENCE)
                .until(() -> lab.host().provider().listComputes().stream()
                        .noneMatch(id -> id.sandbox().equals(same.id())));

        head = HEAD.replace('0', '9');
        assertThat(refresh(profile, new RefreshOptions(false, true)).state()).isEqualTo(SnapshotJobState.SUCCEEDED);
        assertThat(refresh(profile, new RefreshOptions(false, true)).state()).isEqualTo(SnapshotJobState.SKIPPED);

        version = "1.6-2.1+deb12u1";
        assertThat(refresh(profile, new RefreshOptions(false, true)).state()).isEqualTo(SnapshotJobState.SUCCEEDED);
        assertThat(usable(profile)).isNotEqualTo(before);
    }

    @Test
    void a_refresh_that_is_not_asked_to_look_builds_in_any_case() {
        String profile = lab.usable(caller, REPOSITORY);
        assertThat(refresh(profile, RefreshOptions.DEFAULT).state()).isEqualTo(SnapshotJobState.SUCCEEDED);
    }

    @Test
    void a_refresh_with_a_maintenance_script_runs_only_that_on_the_present_snapshot() {
        String profile = lab.usable(
                caller,
                SandboxLab.text("setupScript", "echo set-up >> /opt/log"),
                SandboxLab.text("maintenanceScript", "echo maintained >> /opt/log"));
        assertThat(log(profile)).isEqualTo("set-up\n");

        SnapshotJob job = refresh(profile, RefreshOptions.DEFAULT);
        assertThat(job.state()).as("%s", job.failure()).isEqualTo(SnapshotJobState.SUCCEEDED);
        assertThat(job.phases())
                .extracting(SnapshotJob.PhaseRun::name)
                .contains("maintenance_script", "checks")
                .doesNotContain("files", "packages", "repositories", "setup_script");
        assertThat(log(profile)).isEqualTo("set-up\nmaintained\n");

        refresh(profile, RefreshOptions.DEFAULT);
        assertThat(log(profile)).isEqualTo("set-up\nmaintained\nmaintained\n");

        refresh(profile, new RefreshOptions(true, false));
        assertThat(log(profile)).as("full").isEqualTo("set-up\n");
    }

    @Test
    void a_maintenance_script_that_fails_keeps_the_present_snapshot() {
        String profile = lab.usable(caller, SandboxLab.text("maintenanceScript", "exit 3"));
        String before = usable(profile);
        SnapshotJob job = refresh(profile, RefreshOptions.DEFAULT);
        assertThat(job.failure()).hasValueSatisfying(failure -> {
            assertThat(failure.code()).isEqualTo("setup_script_failed");
            assertThat(failure.phase()).contains("maintenance_script");
            assertThat(failure.message()).contains("maintenance script", "3");
        });
        assertThat(usable(profile)).isEqualTo(before);
    }

    @Test
    void a_snapshot_that_stands_on_too_many_others_is_built_anew() {
        String profile = lab.usable(caller, SandboxLab.text("maintenanceScript", "echo maintained >> /opt/log"));
        refresh(profile, RefreshOptions.DEFAULT);
        lab.jdbc()
                .sql("update snapshots set ancestors = :most where id = :id")
                .param("most", ChooseBuildSource.MOST_ANCESTORS)
                .param("id", usable(profile))
                .update();
        SnapshotJob job = refresh(profile, RefreshOptions.DEFAULT);
        assertThat(job.phases()).extracting(SnapshotJob.PhaseRun::name).contains("setup_script");
    }

    @Test
    void a_secret_that_the_build_leaves_fails_the_job_with_path_and_rule_and_without_its_value() {
        SnapshotJob job = ended(lab.publish(
                caller,
                SandboxLab.spec(SandboxLab.text("setupScript", "echo machine x password hunter2 > /root/.netrc"))));
        JobFailure failure = job.failure().orElseThrow();
        assertThat(failure.code()).isEqualTo(ProblemCode.SECRET_FOUND.code());
        assertThat(failure.phase()).contains("secret_scan");
        assertThat(failure.message()).contains("/root/.netrc", "netrc").doesNotContain("hunter2");
        assertThat(jobs.lines(job, 0, 1000))
                .noneMatch(line -> line.text().contains("hunter2"))
                .anyMatch(line -> line.text().equals("Secret: /root/.netrc (netrc)"));
        assertThat(lab.host().provider().listImages())
                .noneMatch(image -> image.id().value().startsWith("snp_")
                        && lab.host()
                                .provider()
                                .fileOf(image.id(), "/root/.netrc")
                                .isPresent());
    }

    @Test
    void a_path_that_the_profile_allows_passes_the_scan_and_its_reason_is_recorded() {
        String profile = lab.usable(
                caller,
                SandboxLab.text("setupScript", "echo machine x password y > /root/test/.netrc"),
                "\"allowedSecrets\":[{\"path\":\"/root/test\",\"reason\":\"a fixture\"}]");
        assertThat(jobs.lines(lab.newestJob(caller, profile), 0, 1000))
                .anyMatch(line ->
                        line.text().equals("Allowed by the profile: /root/test/.netrc (netrc), because: a fixture"));
        Snapshot snapshot = history.get(caller, usable(profile));
        assertThat(history.allowedSecrets(snapshot))
                .containsExactly(new AllowedSecret("/root/test/.netrc", "netrc", "a fixture"));
        assertThat(events.readAbout(caller.organizationId(), snapshot.id(), Optional.empty(), 10))
                .filteredOn(event -> event.action().equals("secrets_allowed"))
                .singleElement()
                .satisfies(
                        event -> assertThat(event.detail()).isEqualTo("/root/test/.netrc (netrc), because: a fixture"));
    }

    @Test
    void what_maintenance_builds_on_is_shown_with_the_secrets_that_it_holds() {
        String profile = lab.usable(
                caller,
                SandboxLab.text("setupScript", "echo machine x password y > /root/test/.netrc"),
                SandboxLab.text("maintenanceScript", "true"),
                "\"allowedSecrets\":[{\"path\":\"/root/test\",\"reason\":\"a fixture\"}]");
        refresh(profile, RefreshOptions.DEFAULT);
        Snapshot maintained = history.get(caller, usable(profile));
        assertThat(maintained.parent()).isPresent();
        assertThat(history.allowedSecrets(maintained)).hasSize(1);
    }

    private SnapshotJob ended(String profile) {
        return lab.ended(caller, lab.newestJob(caller, profile).id());
    }

    private SnapshotJob refresh(String profile, RefreshOptions options) {
        return lab.ended(caller, jobs.refresh(caller, null, profile, 1, options).id());
    }

    private String usable(String profile) {
        return snapshots
                .requireUsable(profiles.find(caller, profile), OptionalInt.empty())
                .id();
    }

    private String log(String profile) {
        return lab.host()
                .provider()
                .fileOf(new ImageId(usable(profile)), "/opt/log")
                .orElse("");
    }
}
