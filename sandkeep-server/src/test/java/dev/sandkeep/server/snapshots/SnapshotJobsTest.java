package dev.sandkeep.server.snapshots;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.sandkeep.server.platform.errors.ProblemCode;
import dev.sandkeep.server.platform.errors.SandkeepException;
import dev.sandkeep.server.platform.security.Caller;
import dev.sandkeep.server.platform.web.PageRequest;
import dev.sandkeep.server.profiles.Profiles;
import dev.sandkeep.server.profiles.RuntimePlan;
import dev.sandkeep.server.profiles.VersionStatus;
import dev.sandkeep.server.testing.AtOnce;
import dev.sandkeep.server.testing.SandboxLab;
import dev.sandkeep.server.testing.ServerTest;
import dev.sandkeep.server.testing.SettableClock;
import dev.sandkeep.server.testing.TestServer;
import dev.sandkeep.spi.ComputeId;
import dev.sandkeep.spi.ImageId;
import dev.sandkeep.spi.ProviderException;
import dev.sandkeep.spi.faults.Fault;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;

@ServerTest
class SnapshotJobsTest {
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

    @BeforeEach
    void tenant() {
        caller = server.newOrganization().caller();
    }

    @AfterEach
    void nothingLeaks() {
        lab.assertNothingLeaks();
    }

    // ------------------------------------------------------------------------------------------ what is built

    @Test
    void a_snapshot_holds_files_and_what_the_setup_script_made_and_not_the_script() {
        SnapshotJob job = build(
                "\"environment\":{\"GREETING\":\"hello\"}",
                "\"files\":[{\"path\":\"/opt/it's here\",\"mode\":\"0600\",\"owner\":\"root:root\",\"content\":\"a\\u00e4\\n\"}]",
                SandboxLab.text("setupScript", "cat /etc/debian_version; echo done > /opt/done; env GREETING"),
                "\"checks\":[\"test -f /opt/done\"]");

        assertThat(job.state()).isEqualTo(SnapshotJobState.SUCCEEDED);
        ImageId image = new ImageId(job.snapshotId().orElseThrow());
        assertThat(lab.host().provider().fileOf(image, "/opt/it's here")).contains("aä\n");
        assertThat(lab.host().provider().fileOf(image, "/opt/done")).contains("done\n");
        assertThat(lab.host().provider().fileOf(image, "/tmp/.sandkeep-setup-" + job.id()))
                .isEmpty();
        assertThat(texts(job, "stdout")).contains("bookworm", "hello");
        assertThat(job.phases())
                .extracting(SnapshotJob.PhaseRun::name)
                .startsWith(
                        "base_image",
                        "compute_start",
                        "files",
                        "inputs",
                        "packages",
                        "repositories",
                        "setup_script",
                        "checks",
                        "secret_scan",
                        "capture",
                        "swap");
        await().atMost(SandboxLab.PATIENCE)
                .until(() -> lab.host().provider().listComputes().stream()
                        .noneMatch(id -> id.sandbox().equals(job.id())));
    }

    @Test
    void a_setup_script_that_fails_shows_its_exit_code_and_its_last_lines() {
        SnapshotJob job = build(SandboxLab.text("setupScript", "spam 40; echo broken >&2; exit 23"));

        JobFailure failure = failure(job, ProblemCode.SETUP_SCRIPT_FAILED, "setup_script");
        assertThat(failure.exitCode()).hasValue(23);
        // Which of two streams is read first is chance.
        assertThat(failure.lastLines()).hasSize(20).contains("line 40");
        assertThat(texts(job, "stderr")).containsExactly("broken");
        assertThat(failure.nextStep()).isNotEmpty();
        assertThat(lab.host().provider().listComputes())
                .noneMatch(id -> id.sandbox().equals(job.id()));
    }

    @Test
    void a_setup_script_that_takes_too_long_is_ended() {
        SnapshotJob job =
                build(SandboxLab.text("setupScript", "echo begun; sleep forever"), "\"setupTimeoutSeconds\":1");

        assertThat(failure(job, ProblemCode.SETUP_SCRIPT_TIMEOUT, "setup_script")
                        .lastLines())
                .containsExactly("begun");
    }

    @Test
    void a_check_that_fails_fails_the_job() {
        SnapshotJob job = build("\"checks\":[\"true\",\"test -f /nowhere\"]");

        JobFailure failure = failure(job, ProblemCode.CHECK_FAILED, "checks");
        assertThat(failure.exitCode()).hasValue(1);
        assertThat(failure.message()).contains("test -f /nowhere");
    }

    @Test
    void a_base_image_that_does_not_exist_fails_the_job_at_once() {
        SnapshotJob job = ended(lab.publish(caller, "{\"baseImage\":{\"debian\":\"nosuch\"}}"));

        failure(job, ProblemCode.BASE_IMAGE_UNAVAILABLE, "base_image");
        assertThat(job.attempt()).isEqualTo(1);
    }

    @Test
    void a_build_from_a_registry_notes_which_content_its_tag_meant() {
        SnapshotJob job = ended(lab.publish(caller, "{\"baseImage\":{\"oci\":\"registry.example/team/image:1\"}}"));

        assertThat(job.state()).isEqualTo(SnapshotJobState.SUCCEEDED);
        assertThat(snapshots
                        .list(caller, Optional.of(profileOf(job)), new PageRequest(1, Optional.empty()))
                        .items())
                .extracting(Snapshot::baseImageDigest)
                .containsExactly(RuntimePlan.digest("registry.example/team/image:1".getBytes(UTF_8)));
    }

    @Test
    void a_base_image_that_may_come_back_is_tried_three_times() {
        lab.host().provider().breakSuite("trixie");
        SnapshotJob job = ended(lab.publish(caller, "{\"baseImage\":{\"debian\":\"trixie\"}}"));

        failure(job, ProblemCode.BASE_IMAGE_UNAVAILABLE, "base_image");
        assertThat(job.attempt()).isEqualTo(3);

        lab.host().provider().mendSuite("trixie");
        assertThat(refresh(profileOf(job)).state()).isEqualTo(SnapshotJobState.SUCCEEDED);
    }

    @Test
    void a_compute_that_dies_under_the_script_fails_the_job() {
        String profile =
                lab.publish(caller, SandboxLab.spec(SandboxLab.text("setupScript", "echo begun; sleep forever")));
        SnapshotJob job = lab.newestJob(caller, profile);
        awaitLine(job, "begun");

        lab.host().provider().lose(new ComputeId(job.id(), 1));

        assertThat(lab.ended(caller, job.id()).state()).isEqualTo(SnapshotJobState.FAILED);
    }

    @Test
    void a_full_disk_fails_the_job_and_says_so() {
        lab.host().faults().onNext("provider.capture", Fault.FAIL_BEFORE, ProviderException.Kind.STORAGE_FULL);
        failure(build(), ProblemCode.STORAGE_FULL, "capture");
    }

    // ------------------------------------------------------------------------------------------ refresh

    @Test
    void a_refresh_swaps_the_usable_snapshot() {
        String profile = lab.usable(caller);
        String before = usable(profile);

        SnapshotJob job = refresh(profile);

        assertThat(job.trigger()).isEqualTo(SnapshotTrigger.MANUAL_REFRESH);
        assertThat(usable(profile)).isEqualTo(job.snapshotId().orElseThrow()).isNotEqualTo(before);
        assertThat(status(profile).lastRefresh()).contains(VersionStatus.Refresh.SUCCEEDED);
    }

    @Test
    void a_failed_refresh_keeps_serving_the_old_snapshot() {
        String profile = lab.usable(caller);
        String before = usable(profile);
        lab.host().faults().onNext("provider.start", Fault.FAIL_BEFORE, ProviderException.Kind.FAULT);

        failure(refresh(profile), ProblemCode.COMPUTE_START_FAILED, "compute_start");

        assertThat(usable(profile)).isEqualTo(before);
        VersionStatus status = status(profile);
        assertThat(status.snapshot()).isEqualTo(VersionStatus.Snapshot.READY);
        assertThat(status.lastRefresh()).contains(VersionStatus.Refresh.FAILED);
    }

    @Test
    void of_many_refreshes_at_once_one_is_queued_and_the_others_are_told_of_it() throws InterruptedException {
        String profile = lab.usable(caller, SandboxLab.text("setupScript", "sleep 1"));

        List<Object> answers = AtOnce.call(Collections.nCopies(6, () -> {
            try {
                return jobs.refresh(caller, null, profile, 1, RefreshOptions.DEFAULT)
                        .id();
            } catch (SandkeepException problem) {
                return problem;
            }
        }));

        List<String> queued = answers.stream()
                .filter(String.class::isInstance)
                .map(String.class::cast)
                .toList();
        assertThat(queued).hasSize(1);
        assertThat(answers)
                .filteredOn(SandkeepException.class::isInstance)
                .hasSize(5)
                .allSatisfy(it -> {
                    SandkeepException problem = (SandkeepException) it;
                    assertThat(problem.code()).isEqualTo(ProblemCode.SNAPSHOT_JOB_ACTIVE);
                    assertThat(problem.fields()).containsEntry("activeJobId", queued.getFirst());
                });
        lab.ended(caller, queued.getFirst());
    }

    // ------------------------------------------------------------------------------------------ cancel

    @Test
    void canceling_a_running_job_ends_its_command_and_leaves_nothing() throws InterruptedException {
        String profile =
                lab.publish(caller, SandboxLab.spec(SandboxLab.text("setupScript", "echo begun; sleep forever")));
        SnapshotJob job = lab.newestJob(caller, profile);
        awaitLine(job, "begun");

        SnapshotJob canceled = jobs.cancel(caller, job.id());

        assertThat(canceled.state()).isEqualTo(SnapshotJobState.CANCELED);
        assertThat(canceled.failure())
                .hasValueSatisfying(it -> assertThat(it.code()).isEqualTo("canceled"));
        assertThat(jobs.cancel(caller, job.id()).state()).isEqualTo(SnapshotJobState.CANCELED);
        assertThat(lab.host().provider().listComputes())
                .noneMatch(id -> id.sandbox().equals(job.id()));
    }

    @Test
    void a_command_that_ignores_the_signal_is_killed_when_the_job_is_canceled() throws InterruptedException {
        String profile = lab.publish(
                caller, SandboxLab.spec(SandboxLab.text("setupScript", "ignore-term; echo begun; sleep forever")));
        SnapshotJob job = lab.newestJob(caller, profile);
        awaitLine(job, "begun");

        assertThat(jobs.cancel(caller, job.id()).state()).isEqualTo(SnapshotJobState.CANCELED);
    }

    @Test
    void a_job_that_is_over_cannot_be_canceled() {
        SnapshotJob job = build();

        assertProblem(ProblemCode.SNAPSHOT_JOB_OVER, () -> jobs.cancel(caller, job.id()));
    }

    @Test
    void a_job_that_hangs_in_the_provider_can_be_canceled() throws Exception {
        lab.host().faults().onNext("provider.start", Fault.HANG, ProviderException.Kind.FAULT);
        String profile = lab.publish(caller, SandboxLab.spec());
        SnapshotJob job = lab.newestJob(caller, profile);
        await().atMost(SandboxLab.PATIENCE).until(() -> lab.host().faults().hanging() > 0);

        assertThat(jobs.cancel(caller, job.id()).state()).isEqualTo(SnapshotJobState.CANCELED);
        lab.host().faults().release();
    }

    // ------------------------------------------------------------------------------------------ deadlines

    @Test
    void a_job_ends_at_its_deadline() {
        String profile = lab.publish(
                caller,
                SandboxLab.spec(
                        SandboxLab.text("setupScript", "echo begun; sleep forever"), "\"setupTimeoutSeconds\":86400"));
        SnapshotJob job = lab.newestJob(caller, profile);
        awaitLine(job, "begun");

        clock.advance(Duration.ofHours(26));

        failure(lab.ended(caller, job.id()), ProblemCode.JOB_TIMEOUT, "setup_script");
    }

    // ------------------------------------------------------------------------------------------ log

    @Test
    void a_log_that_is_too_long_is_cut_in_the_middle_and_says_how_much_is_missing() {
        SnapshotJob job = build(SandboxLab.text("setupScript", "spam 60000"));
        assertThat(job.state()).as("%s", job.failure()).isEqualTo(SnapshotJobState.SUCCEEDED);
        List<JobLine> lines = jobs.lines(job, 0, 100_000);
        assertThat(lines).extracting(JobLine::seq).isSorted().doesNotHaveDuplicates();
        assertThat(lines)
                .extracting(JobLine::text)
                .contains("line 1", "line 49000", "line 59001", "line 60000")
                .doesNotContain("line 51000", "line 58999");
        long said =
                lines.stream().filter(line -> line.text().startsWith("line ")).count();
        assertThat(lines)
                .extracting(JobLine::text)
                .anyMatch(text -> text.startsWith("… " + (60_000 - said) + " lines ("));
    }

    @Test
    void a_hundred_megabytes_of_output_without_a_line_end_are_stored_up_to_the_limit() {
        SnapshotJob job = build(SandboxLab.text("setupScript", "flood 100; echo over"));
        assertThat(job.state()).as("%s", job.failure()).isEqualTo(SnapshotJobState.SUCCEEDED);
        List<JobLine> lines = jobs.lines(job, 0, 100_000);
        assertThat(lines.stream().mapToLong(line -> line.text().length()).sum())
                .isBetween(10L << 20, (10L << 20) + 2 * LogTail.MOST_BYTES);
        assertThat(lines).extracting(JobLine::text).anyMatch(text -> text.endsWith("over"));
    }

    @Test
    void lines_are_there_while_the_job_still_runs() {
        String profile = lab.publish(
                caller, SandboxLab.spec(SandboxLab.text("setupScript", "echo first; sleep 1; echo second")));
        SnapshotJob job = lab.newestJob(caller, profile);

        awaitLine(job, "first");

        assertThat(jobs.get(caller, job.id()).state()).isEqualTo(SnapshotJobState.RUNNING);
        lab.ended(caller, job.id());
        assertThat(texts(job, "stdout")).endsWith("first", "second");
    }

    // ------------------------------------------------------------------------------------------ deletion, tenants

    @Test
    void deleting_a_profile_cancels_its_jobs_and_frees_its_images() throws InterruptedException {
        String profile = lab.usable(caller);
        ImageId image = new ImageId(usable(profile));

        profiles.delete(caller, profile);
        lab.reconcile();

        assertThat(lab.host().provider().fileOf(image, "/etc/debian_version")).isEmpty();
    }

    @Test
    void what_one_organization_owns_does_not_exist_for_another() {
        SnapshotJob job = build();
        Caller other = server.newOrganization().caller();

        assertProblem(ProblemCode.NOT_FOUND, () -> jobs.get(other, job.id()));
        assertProblem(ProblemCode.NOT_FOUND, () -> jobs.cancel(other, job.id()));
        assertProblem(
                ProblemCode.NOT_FOUND, () -> jobs.refresh(other, null, job.profileName(), 1, RefreshOptions.DEFAULT));
    }

    // ------------------------------------------------------------------------------------------ fixture

    private SnapshotJob build(String... members) {
        return ended(lab.publish(caller, SandboxLab.spec(members)));
    }

    private SnapshotJob ended(String profile) {
        return lab.ended(caller, lab.newestJob(caller, profile).id());
    }

    private SnapshotJob refresh(String profile) {
        return lab.ended(
                caller,
                jobs.refresh(caller, null, profile, 1, RefreshOptions.DEFAULT).id());
    }

    private static String profileOf(SnapshotJob job) {
        return job.profileName();
    }

    private String usable(String profile) {
        return snapshots
                .requireUsable(profiles.find(caller, profile), OptionalInt.empty())
                .id();
    }

    private VersionStatus status(String profile) {
        return snapshots
                .statuses(profiles.find(caller, profile).id(), Set.of(1))
                .getOrDefault(1, VersionStatus.NONE);
    }

    private void awaitLine(SnapshotJob job, String text) {
        await("line '" + text + "'")
                .atMost(SandboxLab.PATIENCE)
                .until(() -> texts(job, "stdout").contains(text));
    }

    private List<String> texts(SnapshotJob job, String stream) {
        return jobs.lines(job, 0, 1000).stream()
                .filter(line -> line.stream().equals(stream))
                .map(JobLine::text)
                .toList();
    }

    private static JobFailure failure(SnapshotJob job, ProblemCode code, String phase) {
        assertThat(job.state()).isEqualTo(SnapshotJobState.FAILED);
        JobFailure failure = job.failure().orElseThrow();
        assertThat(failure.code()).as(failure.message()).isEqualTo(code.code());
        assertThat(failure.phase()).isEqualTo(Optional.of(phase));
        return failure;
    }

    private static void assertProblem(ProblemCode code, Callable<?> attempt) {
        assertThatThrownBy(attempt::call)
                .isInstanceOfSatisfying(
                        SandkeepException.class,
                        problem -> assertThat(problem.code()).isEqualTo(code));
    }
}
