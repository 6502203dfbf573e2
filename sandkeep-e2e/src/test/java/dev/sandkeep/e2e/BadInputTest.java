package dev.sandkeep.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

@NeedsSandboxHost
class BadInputTest {
    private static Installation sandkeep;

    @BeforeAll
    static void start() {
        sandkeep = Installation.shared();
    }

    @Test
    void five_mistakes_are_answered_with_five_field_errors_and_unknown_keys_by_name() throws Exception {
        Path file = sandkeep.file("bad.yaml", """
                baseImage: {}
                environment: {"not a name": x}
                setupTimeoutSeconds: 0
                limits: {memoryMiB: -1}
                colour: red
                """);

        var ended = sandkeep.sandkeep("profile", "create", "bad", "-f", file.toString());

        assertThat(ended.exitCode()).isEqualTo(1);
        assertThat(ended.stderr())
                .contains("validation_failed", "\n  baseImage", "\n  environment", "\n  setupTimeoutSeconds")
                .contains("\n  limits.memoryMiB", "\n  colour");
        assertThat(sandkeep.succeed("profile", "list", "--json")).doesNotContain("\"bad\"");
    }

    @Test
    void each_persisted_path_that_cannot_be_is_refused() throws Exception {
        List<String> impossible = List.of("root", "/", "/proc/1", "/sys", "/dev/shm", "/a/../b", "/a//b");
        Path file = sandkeep.file(
                "path.yaml",
                "baseImage: {debian: bookworm}\npersistedPaths: ['" + String.join("', '", impossible) + "']\n");

        var ended = sandkeep.sandkeep("profile", "create", "paths", "-f", file.toString());

        assertThat(ended.exitCode()).isEqualTo(1);
        for (int i = 0; i < impossible.size(); i++) {
            assertThat(ended.stderr()).contains("\n  persistedPaths[" + i + "]: ");
        }
    }

    @Test
    void persisted_paths_that_overlap_are_refused() throws Exception {
        Path file = sandkeep.file("path.yaml", "baseImage: {debian: bookworm}\npersistedPaths: [/root, /root/a]\n");

        assertThat(sandkeep.sandkeep("profile", "create", "paths", "-f", file.toString())
                        .stderr())
                .contains("persistedPaths[1]", "/root");
    }

    @Test
    void a_setup_script_that_fails_shows_its_exit_code_and_last_lines_and_leaves_nothing() throws Exception {
        Path file = sandkeep.file("fails.yaml", """
                baseImage: {debian: bookworm}
                setupScript: |
                  echo about to fail
                  exit 77
                """);
        sandkeep.succeed("profile", "create", "fails", "-f", file.toString());

        var published = sandkeep.sandkeep("profile", "publish", "fails");

        assertThat(published.exitCode()).isEqualTo(1);
        assertThat(published.stderr()).contains("setup_script_failed", "77", "about to fail");
        var started = sandkeep.sandkeep("session", "start", "fails");
        assertThat(started.exitCode()).isEqualTo(1);
        assertThat(started.stderr()).contains("profile_version_not_usable");
        Installation.await("no leaks", () -> sandkeep.leaks().isEmpty());
    }

    @Test
    void a_check_that_fails_keeps_the_version_from_being_used() throws Exception {
        Path file = sandkeep.file("check.yaml", "baseImage: {debian: bookworm}\nchecks: ['test -e /no/such/file']\n");
        sandkeep.succeed("profile", "create", "check", "-f", file.toString());

        var published = sandkeep.sandkeep("profile", "publish", "check");

        assertThat(published.exitCode()).isEqualTo(1);
        assertThat(published.stderr()).contains("check_failed", "/no/such/file");
    }

    @Test
    void a_setup_script_that_fills_its_disk_fails_with_storage_full_and_leaves_nothing() throws Exception {
        Path file = sandkeep.file("full.yaml", """
                baseImage: {debian: bookworm}
                setupScript: |
                  for i in $(seq 100); do head -c 10M /dev/zero > /opt/$i; sync; sleep 0.1; done
                limits: {memoryMiB: 256, cpus: 1.0, pids: 128, diskMiB: 64}
                """);
        sandkeep.succeed("profile", "create", "full", "-f", file.toString());

        var published = sandkeep.sandkeep("profile", "publish", "full");

        assertThat(published.exitCode()).isEqualTo(1);
        assertThat(published.stderr()).contains("storage_full");
        Installation.await("no leaks", () -> sandkeep.leaks().isEmpty());
    }

    @Test
    void a_refused_draft_leaves_the_one_that_was_there() throws Exception {
        Path good = sandkeep.file("good.yaml", "baseImage: {debian: bookworm}\nsetupScript: echo good\n");
        sandkeep.succeed("profile", "create", "kept", "-f", good.toString());
        Path bad = sandkeep.file("bad.yaml", "baseImage: {debian: bookworm}\nsetupTimeoutSeconds: never\n");

        assertThat(sandkeep.sandkeep("profile", "edit", "kept", "-f", bad.toString())
                        .exitCode())
                .isEqualTo(1);

        assertThat(sandkeep.succeed("profile", "show", "kept", "--spec")).contains("setupScript: echo good");
    }

    @Test
    void a_port_in_use_is_named() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            var other = other("port-in-use").with("SANDKEEP_HTTP_PORT", Integer.toString(taken.getLocalPort()));

            var ended = other.sandkeep("server", "start");

            assertThat(ended.exitCode()).isEqualTo(1);
            assertThat(ended.stderr()).contains(Integer.toString(taken.getLocalPort()), "SANDKEEP_HTTP_PORT");
        } finally {
            new Removal(sandkeep.folder().resolve("port-in-use")).run();
        }
    }

    @Test
    void a_second_embedded_database_on_the_same_data_directory_is_refused() throws Exception {
        var second = sandkeep.sandkeep("server", "--sandkeep.http.port=0");

        assertThat(second.exitCode()).isNotZero();
        assertThat(second.stdout() + second.stderr())
                .contains(sandkeep.data().path().toString(), "SANDKEEP_DATABASE_URL");
        assertThat(sandkeep.succeed("server", "status")).contains("up");
    }

    @Test
    void a_database_that_does_not_answer_is_named() throws Exception {
        try {
            var ended = other("no-database")
                    .with("SANDKEEP_DATABASE_URL", "postgresql://sandkeep:not-shown@127.0.0.1:1/sandkeep")
                    .sandkeep("server", "start");

            assertThat(ended.exitCode()).isEqualTo(1);
            assertThat(ended.stderr())
                    .contains("127.0.0.1", "SANDKEEP_DATABASE_URL")
                    .doesNotContain("not-shown");
        } finally {
            new Removal(sandkeep.folder().resolve("no-database")).run();
        }
    }

    @Test
    void an_unknown_setting_is_refused_by_name() throws Exception {
        try {
            var ended = other("unknown-setting").with("SANDKEEP_HTPT_PORT", "1").sandkeep("server", "start");

            assertThat(ended.exitCode()).isEqualTo(1);
            assertThat(ended.stderr()).containsIgnoringCase("htpt");
        } finally {
            new Removal(sandkeep.folder().resolve("unknown-setting")).run();
        }
    }

    private static Installation other(String name) throws Exception {
        return new Installation(Files.createDirectory(sandkeep.folder().resolve(name)));
    }
}
