package dev.sandkeep.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CommandsTest {
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
    void every_mistake_in_a_specification_is_shown_with_its_field() throws Exception {
        server.on("POST", "/api/v1/profiles", 422, """
                {"status": 422, "code": "validation_failed", "detail": "the specification has 2 mistakes",
                 "nextStep": "correct the fields", "errors": [
                   {"field": "spec.limits.cpus", "code": "out_of_range", "message": "must be above 0"},
                   {"field": "colour", "code": "unknown_field", "message": "there is no such field"}]}""");
        Path file = Files.writeString(folder.resolve("box.yaml"), "name: box\ncolour: red\nlimits: {cpus: -1}\n");

        var ended = cli.run("profile", "create", "-f", file.toString());

        assertThat(ended.exitCode()).isEqualTo(1);
        assertThat(ended.stderr()).isEqualTo("""
                        error: the specification has 2 mistakes (validation_failed)
                          limits.cpus: must be above 0
                          colour: there is no such field
                        next:  correct the fields
                        """);
        assertThat(server.requests().getLast().body())
                .isEqualTo("{\"spec\":{\"colour\":\"red\",\"limits\":{\"cpus\":-1}},\"name\":\"box\"}");
        assertThat(server.requests().getLast().header("Idempotency-Key")).hasSize(36);
    }

    @Test
    void for_programs_a_failure_is_a_document_on_standard_error() throws Exception {
        var ended = cli.run("session", "show", "nobody", "--json");

        assertThat(ended.exitCode()).isEqualTo(1);
        assertThat(ended.stdout()).isEmpty();
        assertThat(ended.stderr()).contains("\"code\" : \"not_found\"");
    }

    @Test
    void a_server_that_is_not_there_is_said_so() throws Exception {
        server.close();
        var ended = cli.run("session", "list");

        assertThat(ended.exitCode()).isEqualTo(1);
        assertThat(ended.stderr())
                .contains("no server answers at " + server.url())
                .contains("start one with 'sandkeep server start'");
    }

    @Test
    void a_wrong_key_is_said_so() throws Exception {
        var ended = cli.with("SANDKEEP_API_KEY", "skp_wrong").run("session", "list");

        assertThat(ended.exitCode()).isEqualTo(1);
        assertThat(ended.stderr())
                .contains("the API key is wrong (unauthorized)")
                .doesNotContain("skp_wrong");
    }

    @Test
    void yaml_that_is_broken_or_gives_a_key_twice_never_reaches_the_server() throws Exception {
        Path twice = Files.writeString(folder.resolve("twice.yaml"), "name: box\nsetupScript: a\nsetupScript: b\n");
        Path broken = Files.writeString(folder.resolve("broken.yaml"), "name: [box\n");

        assertThat(cli.run("profile", "create", "-f", twice.toString()).stderr())
                .contains("twice.yaml is not valid YAML (line 3)", "setupScript");
        assertThat(cli.run("profile", "create", "-f", broken.toString()).stderr())
                .contains("broken.yaml is not valid YAML");
        assertThat(server.requests()).isEmpty();
    }

    @Test
    void a_list_is_a_table_of_every_page() throws Exception {
        server.on(
                "GET",
                "/api/v1/profiles",
                (request, connection) -> connection.json(200, request.query().isEmpty() ? """
                  {"items": [{"id": "prf_1", "name": "one", "createdAt": "2020-01-01T00:00:00Z", "latestVersion": 2,
                    "usableVersion": 1, "draft": {"revision": 1}}], "nextCursor": "c/2"}""" : """
                  {"items": [{"id": "prf_2", "name": "two", "createdAt": "2020-01-01T00:00:00Z", "latestVersion": null,
                    "usableVersion": null, "draft": null}], "nextCursor": null}"""));

        var ended = cli.run("profile", "list");

        assertThat(ended.stdout().lines().map(String::strip))
                .satisfiesExactly(
                        line -> assertThat(line).isEqualTo("NAME  LATEST  USABLE  DRAFT  CREATED     ID"),
                        line -> assertThat(line).matches("one   2       1       yes    \\d+ d ago  prf_1"),
                        line -> assertThat(line).matches("two   -       -       -      \\d+ d ago  prf_2"));
        assertThat(server.requests().getLast().query()).isEqualTo("cursor=c%2F2");
    }

    @Test
    void publishing_follows_the_log_through_a_broken_connection_without_losing_or_repeating_a_line() throws Exception {
        server.on(
                "POST",
                "/api/v1/profiles/box/publish",
                201,
                "{\"version\": {}, \"job\": " + job("queued", "null") + "}");
        server.on("GET", "/api/v1/snapshot-jobs/job_1/log", (request, connection) -> {
            connection.eventStream();
            if (request.header("Last-Event-ID").isEmpty()) {
                connection.event(1, "line", line(1, "base_image", "unpacking"));
                connection.event(2, "line", line(2, "setup_script", "\\u001b[31minstalling"));
            } else {
                connection.event(3, "line", line(3, "setup_script", "since " + request.header("Last-Event-ID")));
                connection.event(4, "end", job("succeeded", "null"));
            }
        });

        var ended = cli.run("profile", "publish", "box");

        assertThat(ended.exitCode()).isZero();
        assertThat(ended.stderr()).contains("""
                  base_image
                    unpacking
                  setup_script
                    [31minstalling
                    since 2
                """);
        assertThat(ended.stdout()).startsWith("box@1 is ready: snapshot snp_1");
    }

    @Test
    void a_schedule_is_shown_in_words_with_its_next_runs_and_what_became_of_the_last() throws Exception {
        server.on("PUT", "/api/v1/profiles/box/schedule", 200, """
                {"profileId": "prf_1", "version": 2, "enabled": true, "cron": "0 3 * * *", "timeZone": "Europe/Berlin",
                 "description": "at 03:00", "nextRuns": ["2026-01-10T02:00:00Z"], "failures": 3,
                 "held": {"since": "2026-01-09T02:01:00Z", "jobId": "job_9", "message": "Three have failed.",
                          "nextStep": "look"},
                 "lastTicks": [{"at": "2026-01-09T02:00:00Z", "version": 2, "outcome": "queued", "jobId": "job_9",
                                "firstMissedAt": null}]}""");

        var ended = cli.run("snapshot", "schedule", "set", "box", "0 3 * * *", "--time-zone", "Europe/Berlin");

        assertThat(ended.exitCode()).isZero();
        assertThat(server.requests().getLast().body())
                .isEqualTo(
                        "{\"cron\":\"0 3 * * *\",\"enabled\":true,\"onlyIfChanged\":false,\"timeZone\":\"Europe/Berlin\"}");
        assertThat(ended.stdout())
                .contains(
                        "schedule  0 3 * * *  (at 03:00, Europe/Berlin)",
                        "held since 2026-01-09T02:01:00Z: Three have failed.",
                        "next      2026-01-10T02:00:00Z")
                .containsPattern("2026-01-09T02:00:00Z +2 +queued +job_9 +-");
    }

    @Test
    void a_dry_run_of_pruning_names_what_would_go_and_how_much_it_is() throws Exception {
        server.on("POST", "/api/v1/snapshots/prune", 200, """
                {"dryRun": true, "images": [{"id": "snp_1", "bytes": 1536, "removed": false}], "removed": 0, "failed": 0,
                 "bytes": 1536}""");

        var ended = cli.run("snapshot", "prune", "--dry-run");

        assertThat(ended.exitCode()).isZero();
        assertThat(server.requests().getLast().body()).isEqualTo("{\"dryRun\":true}");
        assertThat(ended.stdout()).isEqualTo("would remove  snp_1  1.5 KiB\n1 image, 1.5 KiB\n");
    }

    @Test
    void pruning_that_leaves_something_behind_says_so_and_fails() throws Exception {
        server.on("POST", "/api/v1/snapshots/prune", 200, """
                {"dryRun": false, "images": [{"id": "snp_1", "bytes": null, "removed": false}], "removed": 0, "failed": 1,
                 "bytes": 0}""");

        var ended = cli.run("snapshot", "prune");

        assertThat(ended.exitCode()).isEqualTo(1);
        assertThat(ended.stdout()).contains("FAILED   snp_1");
    }

    @Test
    void the_ledger_of_removals_says_what_went_and_why() throws Exception {
        server.on("GET", "/api/v1/snapshots/removals", 200, """
                [{"id": "snp_1", "profileName": "api", "version": 3, "reason": "superseded", "explanation": "3 newer ones",
                  "bytes": 1536, "allowedAt": "2026-01-09T02:00:00Z", "removedAt": "2026-01-09T02:00:01Z", "failure": null},
                 {"id": "debian_sid", "profileName": null, "version": null, "reason": "unused_base_image",
                  "explanation": "nothing stands on it", "bytes": null, "allowedAt": "2026-01-09T02:00:00Z",
                  "removedAt": null, "failure": "in use by job_1-1"}]""");

        var ended = cli.run("snapshot", "removals");

        assertThat(ended.exitCode()).isZero();
        assertThat(ended.stdout())
                .containsPattern("snp_1 +api@3 +1.5 KiB +.* superseded: 3 newer ones")
                .containsPattern(
                        "debian_sid +- +- +FAILED: in use by job_1-1 +unused_base_image: nothing stands on it");
    }

    @Test
    void a_difference_shows_totals_packages_directories_and_paths() throws Exception {
        server.on("GET", "/api/v1/snapshots/snp_1/diff/snp_2", 200, """
                {"before": "snp_1", "after": "snp_2", "added": {"paths": 2, "bytes": 2048}, "changed": {"paths": 0, "bytes": 0},
                 "removed": {"paths": 1, "bytes": 10}, "growth": -2048, "truncated": true,
                 "entries": [{"path": "/opt/new", "change": "added", "kind": "regular", "sizeBefore": null, "sizeAfter": 2048}],
                 "largestDirectories": [{"path": "/opt", "bytes": 2048, "files": 2}],
                 "packages": [{"name": "jq", "change": "changed", "before": "1.6", "after": "1.7"}]}""");

        var ended = cli.run("snapshot", "diff", "snp_1", "snp_2");

        assertThat(ended.stdout())
                .contains("added          2 paths  2.0 KiB", "growth   -2.0 KiB")
                .containsPattern("jq +1\\.6 +1\\.7")
                .containsPattern("2\\.0 KiB +2 +/opt")
                .containsPattern("added +2\\.0 KiB +/opt/new");
        assertThat(ended.stderr()).contains("--limit");
        assertThat(server.requests().getLast().query()).isEqualTo("limit=50");
    }

    @Test
    void a_job_that_fails_shows_the_exit_code_and_the_last_lines() throws Exception {
        server.on("GET", "/api/v1/snapshot-jobs/job_1/log", (request, connection) -> {
            connection.eventStream();
            connection.event(1, "end", job("failed", """
                    {"code": "setup_script_failed", "phase": "setup_script", "message": "the setup script failed",\
                     "exitCode": 100, "lastLines": ["E: no such package"], "nextStep": "correct the script"}"""));
        });

        var ended = cli.run("snapshot", "log", "-f", "job_1");

        assertThat(ended.exitCode()).isEqualTo(1);
        assertThat(ended.stderr())
                .contains("setup_script_failed", "[exit code 100]", "E: no such package", "next:  correct the script");
    }

    @Test
    void editing_keeps_what_was_written_when_the_server_refuses_it() throws Exception {
        server.on("GET", "/api/v1/profiles/box", 200, """
                {"name": "box", "draft": {"revision": 4, "spec": {"setupScript": "apt-get update\\ntrue\\n"}}}""");
        server.on("PUT", "/api/v1/profiles/box/draft", 422, """
                {"status": 422, "code": "validation_failed", "detail": "1 mistake",
                 "errors": [{"field": "colour", "code": "unknown_field", "message": "there is no such field"}]}""");
        Path editor = script("echo 'colour: red' >> \"$1\"");

        var ended = cli.with("EDITOR", editor.toString()).run("profile", "edit", "box");

        assertThat(ended.exitCode()).isEqualTo(1);
        assertThat(ended.stderr()).contains("colour: there is no such field", "your text is kept in ");
        String kept = ended.stderr().replaceAll("(?s).*your text is kept in (\\S+).*", "$1");
        assertThat(Path.of(kept)).content().contains("setupScript: |\n  apt-get update\n  true\n", "colour: red");
        Files.delete(Path.of(kept));
        assertThat(server.requests().getLast().header("If-Match")).isEqualTo("\"4\"");
    }

    @Test
    void editing_stores_the_draft_of_the_revision_that_was_seen() throws Exception {
        server.on(
                "GET", "/api/v1/profiles/box", 200, "{\"name\": \"box\", \"draft\": {\"revision\": 4, \"spec\": {}}}");
        server.on("PUT", "/api/v1/profiles/box/draft", 200, "{\"revision\": 5, \"spec\": {\"checks\": [\"true\"]}}");

        var ended = cli.with(
                        "EDITOR", script("echo 'checks: [\"true\"]' > \"$1\"").toString())
                .run("profile", "edit", "box");

        assertThat(ended.exitCode()).isZero();
        assertThat(ended.stdout()).isEqualTo("draft of box is at revision 5\n");
        assertThat(server.requests().getLast().body()).isEqualTo("{\"checks\":[\"true\"]}");
    }

    @Test
    void a_session_that_is_ephemeral_against_its_profile_says_why() throws Exception {
        server.on("POST", "/api/v1/sessions", 201, session("running", """
                , "persistenceFallback": {"code": "organization_disallows", "message": "the organization does not allow it"}"""));

        var ended = cli.run("session", "start", "box", "--name", "mine");

        assertThat(ended.exitCode()).isZero();
        assertThat(ended.stdout()).contains("session mine is running (ephemeral, from box@1)");
        assertThat(ended.stderr()).contains("the organization does not allow it (organization_disallows)");
    }

    @Test
    void a_session_that_is_slow_to_start_is_waited_for() throws Exception {
        server.on("POST", "/api/v1/sessions", 201, session("starting", ""));
        server.on("GET", "/api/v1/sessions/ses_1", 200, session("failed", """
                , "failure": {"code": "compute_start_failed", "message": "no runtime", "nextStep": "run doctor"}"""));

        var ended = cli.run("session", "start", "box");

        assertThat(ended.exitCode()).isEqualTo(1);
        assertThat(ended.stderr()).contains("ses_1 is failed: no runtime (compute_start_failed)", "next:  run doctor");
    }

    @Test
    void a_quota_is_changed_and_the_others_stay() throws Exception {
        String quotas = """
                {"items": [
                  {"quota": "running_sessions", "description": "Sessions that run at a time", "own": 5, "ceiling": null,
                   "limit": 5, "used": 2},
                  {"quota": "sessions", "description": "Sessions kept", "own": 9, "ceiling": 7, "limit": 7, "used": 3}]}""";
        server.on("GET", "/api/v1/settings/quotas", 200, quotas);
        server.on("PUT", "/api/v1/settings/quotas", 200, quotas);
        server.on("GET", "/api/v1/system/organizations/org_1/quotas", 200, quotas);
        server.on("PUT", "/api/v1/system/organizations/org_1/quotas", 200, quotas);

        assertThat(cli.run("quota", "show").stdout()).contains("running_sessions", "Sessions kept");
        assertThat(cli.run("quota", "set", "profiles=3", "running_sessions=none")
                        .exitCode())
                .isZero();
        assertThat(server.requests().getLast().body()).isEqualTo("{\"sessions\":9,\"profiles\":3}");
        cli.run("quota", "set", "--organization", "org_1", "members=4");
        assertThat(server.requests().getLast().body())
                .as("ceilings, not what the organization sets itself")
                .isEqualTo("{\"sessions\":7,\"members\":4}");
        assertThat(cli.run("quota", "set", "colours=3").exitCode()).isEqualTo(2);
        assertThat(cli.run("quota", "set", "sessions=many").exitCode()).isEqualTo(2);
    }

    @Test
    void a_deleted_organization_is_said_with_the_way_back() throws Exception {
        server.on("POST", "/api/v1/organization/delete", 200, """
                {"id": "org_1", "name": "Second team", "deletedAt": "2026-01-01T00:00:00Z", "deletedBy": "mbr_1",
                 "restorableUntil": "2026-01-08T00:00:00Z"}""");
        server.on("POST", "/api/v1/organizations/org_1/restore", 200, "{\"id\": \"org_1\", \"name\": \"Second team\"}");

        var ended = cli.run("organization", "delete", "Second team");

        assertThat(ended.exitCode()).as(ended.stderr()).isZero();
        assertThat(ended.stdout() + ended.stderr())
                .contains("2026-01-08T00:00:00Z", "sandkeep organization restore org_1");
        assertThat(server.requests().getLast().body()).isEqualTo("{\"name\":\"Second team\"}");
        assertThat(cli.run("organization", "restore", "org_1").exitCode()).isZero();
    }

    @Test
    void the_audit_log_is_asked_for_by_a_filter() throws Exception {
        server.on("GET", "/api/v1/audit", 200, "{\"items\": []}");
        cli.run(
                "audit",
                "list",
                "--actor",
                "mbr_1",
                "--action",
                "created",
                "--from",
                "2026-01-01",
                "--to",
                "2026-02-01");
        assertThat(server.requests().getLast().query())
                .contains("actor=mbr_1", "action=created", "from=2026-01-01", "to=2026-02-01");
    }

    @Test
    void settings_change_only_what_exists() throws Exception {
        server.on("PUT", "/api/v1/settings/sandboxes", 200, "{\"allowPersistentSandboxes\": true}");

        assertThat(cli.run("settings", "set", "allowPersistentSandboxes=true").stdout())
                .isEqualTo("Allow persistent sandboxes (allowPersistentSandboxes): on\n");
        assertThat(cli.run("settings", "set", "colour=red").exitCode()).isEqualTo(2);
        assertThat(cli.run("settings", "set", "allowPersistentSandboxes=perhaps")
                        .exitCode())
                .isEqualTo(2);
    }

    @Test
    void wrong_usage_suggests_what_was_meant() throws Exception {
        var ended = cli.run("session", "strat", "box");

        assertThat(ended.exitCode()).isEqualTo(2);
        assertThat(ended.stderr()).contains("did you mean: ", "start", "sandkeep session --help");
    }

    @Test
    void a_server_that_ends_at_its_start_shows_its_last_lines() throws Exception {
        Path launcher = script("echo 'port 7080 is in use by process 1'; exit 3");

        var ended = cli.with("SANDKEEP_LAUNCHER", launcher.toString()).run("server", "start");

        assertThat(ended.exitCode()).isEqualTo(1);
        assertThat(ended.stderr()).contains("ended with exit code 3", "port 7080 is in use by process 1", "server.log");
    }

    @Test
    void a_record_of_a_process_that_is_not_the_server_counts_as_no_server() throws Exception {
        Path data = Files.createDirectories(folder.resolve("data"));
        Files.writeString(data.resolve("server.json"), """
                {"url": "%s", "pid": %d, "startedAt": "2100-01-01T00:00:00Z"}""".formatted(
                        server.url(), ProcessHandle.current().pid()));

        var ended = cli.run("server", "stop");

        assertThat(ended.stdout()).startsWith("no server is running");
        assertThat(ProcessHandle.current().isAlive()).isTrue();
    }

    @Test
    void the_completion_script_is_one_that_bash_understands() throws Exception {
        var ended =
                cli.shell("sandkeep completion bash > script && bash -n script && grep -c snapshot script; rm script");

        assertThat(ended.exitCode()).isZero();
        assertThat(ended.stdout().strip()).matches("[1-9]\\d*");
    }

    private Path script(String body) throws IOException {
        Path script = Files.writeString(folder.resolve("script.sh"), "#!/bin/sh\n" + body + "\n");
        return Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private static String job(String state, String failure) {
        return """
                {"id": "job_1", "profileName": "box", "version": 1, "state": "%s", "snapshotId": "snp_1", "failure": %s}""".formatted(state, failure);
    }

    private static String line(int seq, String phase, String text) {
        return "{\"seq\": %d, \"phase\": \"%s\", \"stream\": \"stdout\", \"text\": \"%s\"}".formatted(seq, phase, text);
    }

    private static String session(String state, String more) {
        return """
                {"id": "ses_1", "name": "mine", "profileName": "box", "version": 1, "sandbox":
                 {"id": "sbx_1", "mode": "ephemeral", "state": "%s", "generation": 1%s}}""".formatted(state, more);
    }

    @Test
    void a_new_key_stands_alone_on_standard_output() throws Exception {
        server.on("POST", "/api/v1/api-keys", 201, """
                {"key": {"id": "key_1", "name": "ci"}, "text": "skp_secret"}""");

        var ended = cli.run("key", "create", "ci", "--scope", "read,sessions", "--expires-in-days", "30");

        assertThat(ended.stdout()).isEqualTo("skp_secret\n");
        assertThat(ended.stderr()).contains("made key key_1").doesNotContain("skp_secret");
        assertThat(server.requests().getLast().body())
                .isEqualTo("{\"name\":\"ci\",\"scopes\":[\"read\",\"sessions\"],\"expiresInDays\":30}");
    }

    @Test
    void keys_are_listed_with_what_they_may_do_and_when_they_were_used() throws Exception {
        server.on("GET", "/api/v1/api-keys", 200, """
                {"items": [{"id": "key_1", "name": "ci", "beginning": "skp_abcdef", "owner": "mbr_1", "ownerName": "ada",
                  "scopes": ["read", "sessions"], "createdAt": "2020-01-01T00:00:00Z", "expiresAt": null,
                  "lastUsedAt": "2020-01-01T00:00:00Z"}], "nextCursor": null}""");

        assertThat(cli.run("key", "list").stdout().lines().map(String::strip))
                .satisfiesExactly(
                        line -> assertThat(line)
                                .isEqualTo("NAME  OWNER  SCOPES         BEGINS      LAST USED   EXPIRES  ID"),
                        line -> assertThat(line)
                                .matches("ci    ada    read,sessions  skp_abcdef  \\d+ d ago  never    key_1"));
    }

    @Test
    void the_audit_log_is_exported_as_the_server_wrote_it() throws Exception {
        server.on("GET", "/api/v1/audit/export", 200, "{\"id\":\"aud_1\"}\n{\"id\":\"aud_2\"}\n");

        assertThat(cli.run("audit", "export").stdout()).isEqualTo("{\"id\":\"aud_1\"}\n{\"id\":\"aud_2\"}\n");
    }
}
