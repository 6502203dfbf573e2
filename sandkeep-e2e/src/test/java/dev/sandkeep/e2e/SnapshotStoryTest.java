package dev.sandkeep.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandkeep.cli.client.Json;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What can be done with snapshots, on a real server with real sandboxes. */
@NeedsSandboxHost
class SnapshotStoryTest {
    private Installation sandkeep;

    @BeforeEach
    void start() {
        sandkeep = Installation.shared();
    }

    @AfterEach
    void nothingIsLeft() throws Exception {
        sandkeep.deleteSessionsAndExpectNoLeaks();
    }

    @Test
    void a_maintained_snapshot_is_compared_rolled_back_and_pruned() throws Exception {
        sandkeep.publish("maintained", """
                baseImage: {debian: bookworm}
                setupScript: echo first > /opt/state
                maintenanceScript: |
                  echo maintained > /opt/state
                  echo new > /opt/new
                """);
        String first = snapshots("maintained").getFirst();

        var refreshed = sandkeep.sandkeep("snapshot", "refresh", "maintained");

        assertThat(refreshed.exitCode()).as(refreshed.stderr()).isZero();
        List<String> both = snapshots("maintained");
        assertThat(both).hasSize(2).endsWith(first);
        assertThat(sandkeep.succeed("snapshot", "diff", first, both.getFirst()))
                .containsPattern("added +4 B +/opt/new")
                .containsPattern("changed +11 B +/opt/state");
        assertThat(stateOfNewSession("after")).isEqualTo("maintained\n");

        sandkeep.succeed("snapshot", "rollback", first);
        assertThat(stateOfNewSession("before")).isEqualTo("first\n");

        // What a version keeps for going back is not pruned.
        sandkeep.succeed("snapshot", "prune");
        assertThat(snapshots("maintained")).containsExactlyElementsOf(both);
    }

    @Test
    void a_refresh_of_what_has_not_changed_is_skipped() throws Exception {
        sandkeep.publish("unchanged", "baseImage: {debian: bookworm}\nsetupScript: date +%N > /opt/stamp\n");
        List<String> before = snapshots("unchanged");

        sandkeep.succeed("snapshot", "refresh", "unchanged", "--only-if-changed");

        assertThat(snapshots("unchanged")).isEqualTo(before);
        assertThat(sandkeep.succeed("snapshot", "list", "--jobs", "--profile", "unchanged"))
                .contains("skipped");
    }

    @Test
    void a_secret_is_found_before_it_is_captured_and_never_shown() throws Exception {
        Path file = sandkeep.file("secret.yaml", """
                baseImage: {debian: bookworm}
                setupScript: |
                  echo "machine example.com login me password correct-horse-battery" > /root/.netrc
                """);
        sandkeep.succeed("profile", "create", "secret", "-f", file.toString());

        var published = sandkeep.sandkeep("profile", "publish", "secret");

        assertThat(published.exitCode()).isEqualTo(1);
        assertThat(published.stdout() + published.stderr())
                .contains("secret_found", "/root/.netrc", "netrc")
                .doesNotContain("correct-horse-battery");
        assertThat(snapshots("secret")).isEmpty();
    }

    @Test
    void a_setup_script_is_tried_out_without_a_trace() throws Exception {
        Path file = sandkeep.file("tried.yaml", "baseImage: {debian: bookworm}\nsetupScript: exit 1\n");
        sandkeep.succeed("profile", "create", "tried", "-f", file.toString());
        Path script = sandkeep.file("other.sh", "echo tried as $(id -un); exit 3\n");

        var tried = sandkeep.sandkeep("profile", "test-setup", "tried", "--file", script.toString());

        assertThat(tried.exitCode()).as(tried.stderr()).isNotZero();
        assertThat(tried.stdout() + tried.stderr()).contains("tried as root", "3");
        assertThat(snapshots("tried")).isEmpty();
    }

    /** The snapshots of a profile, newest first. */
    private List<String> snapshots(String profile) throws Exception {
        List<String> ids = new ArrayList<>();
        Json.parse(sandkeep.succeed("snapshot", "list", "--json", "--profile", profile))
                .path("items")
                .forEach(snapshot -> ids.add(snapshot.path("id").asString()));
        return ids;
    }

    private String stateOfNewSession(String name) throws Exception {
        sandkeep.succeed("session", "start", "maintained", "--name", name);
        return sandkeep.succeed("session", "exec", name, "--", "cat", "/opt/state");
    }
}
