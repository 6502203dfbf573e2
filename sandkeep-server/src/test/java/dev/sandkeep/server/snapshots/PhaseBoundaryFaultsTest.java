package dev.sandkeep.server.snapshots;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandkeep.server.platform.security.Caller;
import dev.sandkeep.server.profiles.Profiles;
import dev.sandkeep.server.testing.SandboxLab;
import dev.sandkeep.server.testing.ServerTest;
import dev.sandkeep.server.testing.SettableClock;
import dev.sandkeep.server.testing.TestServer;
import java.time.Duration;
import java.util.Arrays;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.beans.factory.annotation.Autowired;

/** A build that fails, hangs or loses its server before any of its phases. */
@ServerTest
class PhaseBoundaryFaultsTest {
    @Autowired
    TestServer server;

    @Autowired
    SandboxLab lab;

    @Autowired
    FaultPoints points;

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
    private String profileId = "";
    private String before = "";

    @BeforeEach
    void aVersionWithASnapshot() {
        caller = server.newOrganization().caller();
        profile = lab.usable(
                caller,
                SandboxLab.text("setupScript", "echo made > /opt/made"),
                SandboxLab.text("maintenanceScript", "echo kept > /opt/kept"));
        profileId = profiles.find(caller, profile).id();
        before = usable();
    }

    @AfterEach
    void nothingLeaks() {
        points.clear();
        lab.assertNothingLeaks();
    }

    static Stream<Phase> everyBoundary() {
        // What comes after the swap has no boundary: the job is over.
        return Arrays.stream(Phase.values()).filter(phase -> phase != Phase.CLEAN_UP);
    }

    @ParameterizedTest(name = "fail before {0}")
    @MethodSource("everyBoundary")
    void a_build_that_fails_there_again_and_again_ends_as_failed_and_the_old_snapshot_serves(Phase phase) {
        points.plan(profileId, phase, FaultPoints.Fault.FAIL);
        SnapshotJob job = ended(refresh(phase));
        assertThat(points.reached()).isTrue();
        assertThat(job.state()).isEqualTo(SnapshotJobState.FAILED);
        assertThat(job.attempt()).isEqualTo(SnapshotJobRunner.MOST_ATTEMPTS);
        assertThat(job.failure())
                .hasValueSatisfying(failure -> assertThat(failure.code()).isEqualTo("internal_error"));
        // Where an earlier attempt had captured already, its image was complete, and only the swap is tried again.
        assertThat(usable()).isEqualTo(before);
    }

    @ParameterizedTest(name = "hang before {0}")
    @MethodSource("everyBoundary")
    void a_build_that_hangs_there_can_be_canceled_and_the_old_snapshot_serves(Phase phase) throws InterruptedException {
        points.plan(profileId, phase, FaultPoints.Fault.HANG);
        String id = refresh(phase);
        await().atMost(SandboxLab.PATIENCE).until(points::reached);
        assertThat(jobs.cancel(caller, id).state()).isEqualTo(SnapshotJobState.CANCELED);
        assertThat(usable()).isEqualTo(before);
    }

    @ParameterizedTest(name = "kill before {0}")
    @MethodSource("everyBoundary")
    void a_build_whose_server_dies_there_is_taken_over_and_swaps(Phase phase) {
        points.plan(profileId, phase, FaultPoints.Fault.KILL);
        String id = refresh(phase);
        await().atMost(SandboxLab.PATIENCE).until(points::reached);
        assertThat(usable()).isEqualTo(before);
        SnapshotJob job = lab.endedByAnotherAttempt(caller, id);
        assertThat(job.state()).as("%s", job.failure()).isEqualTo(SnapshotJobState.SUCCEEDED);
        assertThat(job.attempt()).isEqualTo(2);
        assertThat(usable()).isEqualTo(job.snapshotId().orElseThrow());
    }

    @Test
    void a_build_that_hangs_past_its_deadline_ends_as_timed_out() {
        points.plan(profileId, Phase.CHECKS, FaultPoints.Fault.HANG);
        String id = refresh(Phase.CHECKS);
        await().atMost(SandboxLab.PATIENCE).until(points::reached);
        clock.advance(Duration.ofHours(3));
        SnapshotJob job = ended(id);
        assertThat(job.failure())
                .hasValueSatisfying(failure -> assertThat(failure.code()).isEqualTo("job_timeout"));
        assertThat(usable()).isEqualTo(before);
    }

    private String refresh(Phase until) {
        boolean full = until != Phase.MAINTENANCE_SCRIPT;
        return jobs.refresh(caller, null, profile, 1, new RefreshOptions(full, false))
                .id();
    }

    private SnapshotJob ended(String id) {
        return lab.ended(caller, id);
    }

    private String usable() {
        return snapshots
                .requireUsable(profiles.find(caller, profile), OptionalInt.empty())
                .id();
    }
}
