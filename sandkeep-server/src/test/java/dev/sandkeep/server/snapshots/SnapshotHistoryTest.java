package dev.sandkeep.server.snapshots;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.sandkeep.server.platform.errors.ProblemCode;
import dev.sandkeep.server.platform.errors.SandkeepException;
import dev.sandkeep.server.platform.security.Caller;
import dev.sandkeep.server.profiles.Profiles;
import dev.sandkeep.server.sessions.SessionDetails;
import dev.sandkeep.server.testing.SandboxLab;
import dev.sandkeep.server.testing.ServerTest;
import dev.sandkeep.server.testing.TestServer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;

@ServerTest
class SnapshotHistoryTest {
    @Autowired
    TestServer server;

    @Autowired
    SandboxLab lab;

    @Autowired
    SnapshotJobs jobs;

    @Autowired
    Snapshots snapshots;

    @Autowired
    SnapshotHistory history;

    @Autowired
    Profiles profiles;

    private Caller caller = new Caller("", "");
    private String profile = "";
    private String first = "";
    private String second = "";

    @BeforeEach
    void aVersionWithTwoSnapshots() {
        caller = server.newOrganization().caller();
        profile = lab.usable(
                caller,
                SandboxLab.text("setupScript", "echo Package: base > /var/lib/dpkg/status"),
                SandboxLab.text("maintenanceScript", "echo new > /opt/new"));
        first = usable();
        second = lab.ended(
                        caller,
                        jobs.refresh(caller, null, profile, 1, new RefreshOptions(true, false))
                                .id())
                .snapshotId()
                .orElseThrow();
    }

    @AfterEach
    void nothingLeaks() {
        lab.assertNothingLeaks();
    }

    @Test
    void rolling_back_makes_new_sessions_start_from_the_older_one() throws InterruptedException {
        SessionDetails before = lab.start(caller, profile);
        assertThat(history.rollback(caller, first).current()).isTrue();
        assertThat(usable()).isEqualTo(first);
        assertThat(history.get(caller, second).current()).isFalse();
        assertThat(lab.start(caller, profile).sandbox().snapshotId()).isEqualTo(first);
        assertThat(lab.now(caller, before).sandbox().snapshotId())
                .as("what runs stays where it is")
                .isEqualTo(second);
    }

    @Test
    void rolling_back_twice_changes_nothing_the_second_time() {
        history.rollback(caller, first);
        assertThat(history.rollback(caller, first).current()).isTrue();
        history.rollback(caller, second);
        assertThat(usable()).isEqualTo(second);
    }

    @Test
    void a_refresh_after_a_rollback_swaps_as_ever() {
        history.rollback(caller, first);
        SnapshotJob job = lab.ended(
                caller,
                jobs.refresh(caller, null, profile, 1, RefreshOptions.DEFAULT).id());
        assertThat(usable()).isEqualTo(job.snapshotId().orElseThrow());
        assertThat(history.get(caller, usable()).parent()).contains(first);
    }

    @Test
    void a_pin_has_a_reason_and_can_be_taken_away() {
        Snapshot.Pin pin = history.pin(caller, first, "the demo").pin().orElseThrow();
        assertThat(pin.reason()).isEqualTo("the demo");
        assertThat(history.pin(caller, first, "another").pin()).contains(pin);
        assertThat(history.unpin(caller, first).pin()).isEmpty();
        assertThat(history.unpin(caller, first).pin()).isEmpty();
    }

    @Test
    void what_a_snapshot_takes_is_known_soon_after_it_is_usable() {
        await().atMost(SandboxLab.PATIENCE)
                .until(() -> history.get(caller, second).ownBytes().isPresent());
        assertThat(history.usage(history.get(caller, second)).ownBytes()).isPositive();
    }

    @Test
    void two_snapshots_are_compared_by_files() {
        String third = lab.ended(
                        caller,
                        jobs.refresh(caller, null, profile, 1, RefreshOptions.DEFAULT)
                                .id())
                .snapshotId()
                .orElseThrow();
        SnapshotHistory.Difference difference = history.diff(caller, second, third, 10);
        assertThat(difference.files().added().paths()).isPositive();
        assertThat(difference.files().entries())
                .anyMatch(entry -> entry.path().toString().equals("/opt/new"));
        assertThat(difference.packages().changes()).isEmpty();
    }

    @Test
    void packages_are_compared_by_what_dpkg_says_is_installed() {
        InstalledPackages before = InstalledPackages.parse("""
                Package: jq
                Status: install ok installed
                Architecture: amd64
                Description: filter
                 for JSON: Version: 9
                Version: 1.6

                Package: gone
                Status: install ok installed
                Version: 1

                Package: config-only
                Status: deinstall ok config-files
                Version: 3
                """);
        InstalledPackages after = InstalledPackages.parse("""
                Package: jq
                Status: install ok installed
                Version: 1.7

                Package: new
                Status: hold ok installed
                Version: 2""");
        assertThat(before.versions()).isEqualTo(Map.of("jq", "1.6", "gone", "1"));
        assertThat(PackageDifference.between(before, after).changes())
                .isEqualTo(List.of(
                        new PackageDifference.PackageChange("gone", Optional.of("1"), Optional.empty()),
                        new PackageDifference.PackageChange("jq", Optional.of("1.6"), Optional.of("1.7")),
                        new PackageDifference.PackageChange("new", Optional.empty(), Optional.of("2"))));
    }

    @Test
    void another_organization_sees_and_changes_nothing() {
        Caller other = server.newOrganization().caller();
        for (Runnable attempt : List.<Runnable>of(
                () -> history.get(other, first),
                () -> history.rollback(other, first),
                () -> history.pin(other, first, ""),
                () -> history.unpin(other, first),
                () -> history.diff(other, first, second, 1))) {
            assertThatThrownBy(attempt::run)
                    .isInstanceOfSatisfying(
                            SandkeepException.class,
                            problem -> assertThat(problem.code()).isEqualTo(ProblemCode.NOT_FOUND));
        }
    }

    private String usable() {
        return snapshots
                .requireUsable(profiles.find(caller, profile), OptionalInt.empty())
                .id();
    }
}
