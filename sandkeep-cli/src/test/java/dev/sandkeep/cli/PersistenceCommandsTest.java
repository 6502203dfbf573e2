package dev.sandkeep.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the command line asks for and says of checkpoints, forks, exports and undone deletions. */
class PersistenceCommandsTest {
    private static final String SESSION = """
            {"id": "ses_1", "name": "%s", "profileName": "box", "version": 1,
             "sandbox": {"id": "sbx_1", "mode": "persistent", "state": "%s", "generation": 1%s}}""";

    @TempDir
    Path folder;

    private FakeServer server;
    private CliProcess cli;

    @BeforeEach
    void start() throws IOException {
        server = new FakeServer();
        cli = new CliProcess(folder).using(server);
    }

    @AfterEach
    void stop() throws IOException {
        server.close();
    }

    @Test
    void a_checkpoint_is_asked_for_once_and_told_with_its_id() throws Exception {
        server.on("POST", "/api/v1/sessions/work/checkpoints", 201, """
                {"id": "chk_1", "sequence": 3, "at": "2026-01-01T00:00:00Z", "generation": 1, "kind": "manual"}""");

        var ended = cli.run("session", "checkpoint", "work");

        assertThat(ended.exitCode()).as(ended.stderr()).isZero();
        assertThat(ended.stdout() + ended.stderr()).contains("chk_1", "2026-01-01T00:00:00Z");
        assertThat(server.requests().getLast().header("Idempotency-Key")).hasSize(36);
    }

    @Test
    void a_rollback_that_the_server_refuses_or_could_not_do_says_why_and_fails() throws Exception {
        server.on(
                "POST",
                "/api/v1/sessions/work/rollback",
                409,
                FakeServer.problem(409, "sandbox_not_stopped", "it is running", "stop it first"));
        var refused = cli.run("session", "rollback", "work", "chk_1");
        assertThat(refused.exitCode()).isEqualTo(1);
        assertThat(refused.stderr()).contains("it is running (sandbox_not_stopped)", "stop it first");

        server.on("POST", "/api/v1/sessions/work/rollback", 200, SESSION.formatted("work", "stopped", """
                , "failure": {"code": "volume_foreign", "message": "it is another's", "nextStep": "put it back"}"""));
        var failed = cli.run("session", "rollback", "work", "chk_1");
        assertThat(failed.exitCode()).isEqualTo(1);
        assertThat(failed.stderr()).contains("was not rolled back", "volume_foreign", "put it back");
        assertThat(server.requests().getLast().body()).isEqualTo("{\"checkpoint\":\"chk_1\"}");
    }

    @Test
    void a_fork_names_its_checkpoint_and_its_name() throws Exception {
        server.on("POST", "/api/v1/sessions/work/fork", 201, SESSION.formatted("copy", "running", ""));

        var ended = cli.run("session", "fork", "work", "--at", "chk_1", "--name", "copy");

        assertThat(ended.exitCode()).as(ended.stderr()).isZero();
        assertThat(ended.stdout()).contains("session copy is running, a fork of work");
        assertThat(server.requests().getLast().body()).isEqualTo("{\"checkpoint\":\"chk_1\",\"name\":\"copy\"}");
    }

    @Test
    void an_undone_deletion_says_how_to_go_on_and_one_that_cannot_be_undone_fails() throws Exception {
        server.on("POST", "/api/v1/sessions/old/restore", 200, SESSION.formatted("new", "stopped", ""));
        var restored = cli.run("session", "restore", "old", "--name", "new");
        assertThat(restored.exitCode()).as(restored.stderr()).isZero();
        assertThat(restored.stdout() + restored.stderr()).contains("sandkeep session resume new");
        assertThat(server.requests().getLast().body()).isEqualTo("{\"name\":\"new\"}");

        server.on(
                "POST",
                "/api/v1/sessions/gone/restore",
                409,
                FakeServer.problem(409, "session_not_restorable", "nothing of it is kept", ""));
        var refused = cli.run("session", "restore", "gone");
        assertThat(refused.exitCode()).isEqualTo(1);
        assertThat(refused.stderr()).contains("session_not_restorable");
    }

    @Test
    void an_export_appears_when_it_is_whole_and_never_in_part() throws Exception {
        Path file = folder.resolve("work.sandkeep");
        server.on("GET", "/api/v1/sessions/work/volume/export", (request, connection) -> {
            connection.head("HTTP/1.1 200 OK\r\nContent-Length: 10\r\nConnection: close\r\n\r\n");
            connection.out().write("half".getBytes(StandardCharsets.UTF_8));
        });
        var broken = cli.run("volume", "export", "work", "--output", file.toString());
        assertThat(broken.exitCode()).isEqualTo(1);
        assertThat(broken.stderr()).contains("the export broke off");
        try (var left = Files.list(folder)) {
            assertThat(left.map(it -> it.getFileName().toString())).noneMatch(it -> it.startsWith("work.sandkeep"));
        }

        server.on("GET", "/api/v1/sessions/work/volume/export", (request, connection) -> {
            connection.head("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\n");
            connection.out().write("whole".getBytes(StandardCharsets.UTF_8));
        });
        var ended = cli.run("volume", "export", "work", "--at", "chk_1", "--output", file.toString());
        assertThat(ended.exitCode()).as(ended.stderr()).isZero();
        assertThat(file).hasContent("whole");
        assertThat(server.requests().getLast().query()).isEqualTo("checkpoint=chk_1");
    }

    @Test
    void an_import_sends_the_file_and_says_when_it_was_refused() throws Exception {
        Path file = Files.writeString(folder.resolve("in.sandkeep"), "a stream");
        server.on(
                "POST",
                "/api/v1/sessions/import",
                422,
                FakeServer.problem(422, "volume_stream_unusable", "it was cut off", "export it again"));
        var refused = cli.run("volume", "import", "box", "--input", file.toString(), "--name", "copy");
        assertThat(refused.exitCode()).isEqualTo(1);
        assertThat(refused.stderr()).contains("it was cut off (volume_stream_unusable)", "export it again");
        assertThat(server.requests().getLast().body()).isEqualTo("a stream");
        assertThat(server.requests().getLast().query()).contains("profile=box", "name=copy");

        var missing = cli.run(
                "volume", "import", "box", "--input", folder.resolve("none").toString());
        assertThat(missing.exitCode()).isEqualTo(1);
        assertThat(missing.stderr()).contains("cannot be read");
    }

    @Test
    void why_it_stopped_the_last_time_is_not_told_of_one_that_runs() throws Exception {
        server.on(
                "GET",
                "/api/v1/sessions/work",
                200,
                SESSION.formatted("work", "running", ", \"stopReason\": \"expired\""));
        assertThat(cli.run("session", "show", "work").stdout()).doesNotContain("expired");

        server.on(
                "GET",
                "/api/v1/sessions/work",
                200,
                SESSION.formatted("work", "stopped", ", \"stopReason\": \"expired\""));
        assertThat(cli.run("session", "show", "work").stdout()).contains("stopped (expired)");
    }

    @Test
    void usage_shows_limits_and_how_they_are_kept() throws Exception {
        server.on("GET", "/api/v1/sessions/work/volume", 200, """
                {"bytes": 2048, "sharedBytes": 0, "files": 2, "checkpoints": 1,
                 "paths": [{"path": "/root", "usedBytes": 2048, "maxBytes": 1048576, "enforcement": "watched"}],
                 "largestDirectories": [{"path": "/root/deep", "bytes": 2048}]}""");

        var ended = cli.run("volume", "usage", "work");

        assertThat(ended.exitCode()).as(ended.stderr()).isZero();
        assertThat(ended.stdout()).contains("/root", "watched", "/root/deep", "checkpoints  1");
    }
}
