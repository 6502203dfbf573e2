package dev.sandkeep.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandkeep.server.platform.security.Caller;
import dev.sandkeep.server.testing.ApiClient;
import dev.sandkeep.server.testing.ApiClient.Answer;
import dev.sandkeep.server.testing.SandboxLab;
import dev.sandkeep.server.testing.ServerTest;
import dev.sandkeep.server.testing.TestServer;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import tools.jackson.databind.JsonNode;

/** Checkpoints, rollback, fork, usage, export, import and restore over HTTP, with what is refused. */
@ServerTest
class PersistenceApiTest {
    private static final String NO_CHECKPOINT = "chk_00000000000000000000000000";

    @Autowired
    TestServer server;

    @Autowired
    SandboxLab lab;

    private Caller caller = new Caller("", "");
    private String key = "";
    private ApiClient api;
    private String profile = "";

    @BeforeEach
    void aPersistentProfile() {
        TestServer.Tenant tenant = server.newOrganization();
        caller = tenant.caller();
        key = tenant.key();
        api = tenant.api();
        profile = lab.persistent(caller);
    }

    @AfterEach
    void nothingLeaks() {
        api.get("/sessions?limit=200")
                .body()
                .path("items")
                .forEach(session -> api.delete("/sessions/" + session.path("id").asString() + "?now=true"));
        lab.assertNothingLeaks();
    }

    @Test
    void a_checkpoint_is_made_once_for_a_key_and_listed() {
        start("one");

        Answer made = api.post("/sessions/one/checkpoints", "{}", "Idempotency-Key", "again");

        assertThat(made.status()).as(made.text()).isEqualTo(201);
        assertThat(made.text("kind")).isEqualTo("manual");
        assertThat(api.post("/sessions/one/checkpoints", "{}", "Idempotency-Key", "again")
                        .text("id"))
                .isEqualTo(made.text("id"));
        assertThat(api.get("/sessions/one/checkpoints").body().path("items"))
                .extracting(it -> it.path("id").asString())
                .containsExactly(made.text("id"));
        assertThat(api.get("/sessions/one").text("sandbox.durablePoint.checkpoint"))
                .isEqualTo(made.text("id"));
        assertProblem(api.post("/sessions/nobody/checkpoints", "{}"), 404, "not_found");
    }

    @Test
    void what_is_ephemeral_has_nothing_to_check_point_roll_back_fork_export_or_restore() {
        String ephemeral = lab.usable(caller);
        start("gone", ephemeral);

        assertProblem(api.post("/sessions/gone/checkpoints", "{}"), 409, "sandbox_not_persistent");
        assertProblem(rollback("gone", NO_CHECKPOINT), 409, "sandbox_not_persistent");
        assertProblem(api.post("/sessions/gone/fork", "{}"), 409, "sandbox_not_persistent");
        assertProblem(api.get("/sessions/gone/volume"), 409, "sandbox_not_persistent");
        assertProblem(api.get("/sessions/gone/volume/export"), 409, "sandbox_not_persistent");
        assertThat(api.get("/sessions/gone/checkpoints").body().path("items")).isEmpty();
        assertThat(api.delete("/sessions/gone").status()).isEqualTo(204);
        assertProblem(api.post("/sessions/gone/restore", "{}"), 409, "session_not_restorable");
    }

    @Test
    void a_stopped_session_goes_back_to_a_checkpoint_and_a_running_one_does_not() {
        start("back");
        run("back", "echo first > /root/work");
        String first = api.post("/sessions/back/checkpoints", "{}").text("id");
        run("back", "echo second > /root/work");

        Answer running = rollback("back", first);
        assertProblem(running, 409, "sandbox_not_stopped");
        assertThat(running.text("state")).isEqualTo("running");
        api.post("/sessions/back/stop", "{}");
        assertProblem(rollback("back", NO_CHECKPOINT), 404, "not_found");
        assertThat(api.post("/sessions/back/rollback", "{}").status()).isEqualTo(422);

        Answer back = rollback("back", first);

        assertThat(back.status()).as(back.text()).isEqualTo(200);
        assertThat(back.text("sandbox.state")).isEqualTo("stopped");
        JsonNode newest = api.get("/sessions/back/checkpoints").body().at("/items/0");
        assertThat(newest.path("kind").asString()).isEqualTo("rollback");
        assertThat(newest.path("source").asString()).isEqualTo(first);
        assertThat(run("back", "cat /root/work")).isEqualTo("first\n");
    }

    @Test
    void a_fork_is_a_new_session_under_a_name_of_its_own() {
        start("source");
        run("source", "echo shared > /root/work");

        Answer fork = api.post("/sessions/source/fork", "{\"name\":\"copy\"}");

        assertThat(fork.status()).as(fork.text()).isEqualTo(201);
        assertThat(fork.headers().firstValue("Location")).contains("/api/v1/sessions/" + fork.text("id"));
        assertThat(run("copy", "cat /root/work")).isEqualTo("shared\n");
        assertProblem(api.post("/sessions/source/fork", "{\"name\":\"copy\"}"), 409, "session_name_taken");
        assertProblem(
                api.post("/sessions/source/fork", "{\"checkpoint\":\"" + NO_CHECKPOINT + "\"}"), 404, "not_found");
        assertThat(api.post("/sessions/source/fork", "{\"name\":\"No Name\"}").status())
                .isEqualTo(422);
    }

    @Test
    void usage_tells_of_every_path_and_of_the_largest_directories() {
        start("used");
        run("used", "echo something > /root/work");
        api.post("/sessions/used/stop", "{}");

        Answer usage = api.get("/sessions/used/volume");

        assertThat(usage.status()).as(usage.text()).isEqualTo(200);
        assertThat(usage.body().path("paths"))
                .extracting(it -> it.path("path").asString())
                .containsExactlyInAnyOrder("/root", "/etc/codex");
        assertThat(usage.body().path("bytes").asLong()).isPositive();
        assertThat(usage.body().path("largestDirectories").isArray()).isTrue();
    }

    @Test
    void an_export_is_a_file_that_an_import_takes_and_one_that_was_cut_is_refused() throws Exception {
        start("carried");
        run("carried", "echo travels > /root/work");
        HttpResponse<byte[]> export = exchange(request("/sessions/carried/volume/export"));
        assertThat(export.statusCode()).isEqualTo(200);
        assertThat(export.headers().firstValue("Content-Disposition"))
                .hasValueSatisfying(it -> assertThat(it).contains("carried.sandkeep"));
        assertProblem(api.get("/sessions/carried/volume/export?checkpoint=" + NO_CHECKPOINT), 404, "not_found");

        HttpResponse<byte[]> imported = upload("arrived", export.body());
        HttpResponse<byte[]> refused = upload("cut", Arrays.copyOf(export.body(), export.body().length / 2));

        assertThat(imported.statusCode()).isEqualTo(201);
        assertThat(run("arrived", "cat /root/work")).isEqualTo("travels\n");
        assertThat(refused.statusCode()).isEqualTo(422);
        assertThat(new String(refused.body(), java.nio.charset.StandardCharsets.UTF_8))
                .contains("volume_stream_unusable");
        assertProblem(api.get("/sessions/cut"), 404, "not_found");
        assertThat(api.post("/sessions/import?profile=" + profile, "{}").status())
                .as("another content type")
                .isEqualTo(415);
    }

    @Test
    void a_deletion_is_undone_until_it_is_final() {
        start("dear");
        run("dear", "echo kept > /root/work");
        String id = api.get("/sessions/dear").text("id");
        assertThat(api.delete("/sessions/dear").status()).isEqualTo(204);
        assertThat(api.get("/sessions/" + id).text("keptUntil")).isNotEqualTo("null");
        start("dear");

        assertProblem(api.post("/sessions/" + id + "/restore", "{}"), 409, "session_name_taken");
        Answer restored = api.post("/sessions/" + id + "/restore", "{\"name\":\"dearest\"}");

        assertThat(restored.status()).as(restored.text()).isEqualTo(200);
        assertThat(restored.text("sandbox.state")).isEqualTo("stopped");
        assertThat(run("dearest", "cat /root/work")).isEqualTo("kept\n");
        assertThat(api.delete("/sessions/dearest?now=true").status()).isEqualTo(204);
        assertProblem(api.post("/sessions/" + id + "/restore", "{}"), 409, "session_not_restorable");
        assertProblem(api.post("/sessions/nobody/restore", "{}"), 404, "not_found");
    }

    @Test
    void persistence_that_is_not_given_is_told_in_the_answer_in_the_session_and_in_its_events() {
        assertThat(api.put("/settings/sandboxes", "{\"allowPersistentSandboxes\":false}")
                        .status())
                .isEqualTo(200);

        Answer answer = start("fleeting");

        assertThat(answer.text("sandbox.mode")).isEqualTo("ephemeral");
        assertThat(answer.text("sandbox.persistenceFallback.code")).isEqualTo("organization_disallows_persistence");
        assertThat(api.get("/sessions/fleeting").text("sandbox.persistenceFallback.code"))
                .isEqualTo("organization_disallows_persistence");
        assertThat(api.get("/sessions/fleeting/events").body().path("items"))
                .anyMatch(it -> it.path("action").asString().equals("persistence_fallback")
                        && it.path("code").asString().equals("organization_disallows_persistence"));
    }

    private Answer start(String name) {
        return start(name, profile);
    }

    private Answer start(String name, String ofProfile) {
        Answer started = api.post("/sessions", "{\"profile\":\"" + ofProfile + "\",\"name\":\"" + name + "\"}");
        assertThat(started.status()).as(started.text()).isEqualTo(201);
        assertThat(started.text("sandbox.state")).isEqualTo("running");
        return started;
    }

    private String run(String session, String script) {
        Answer answer = api.post("/sessions/" + session + "/exec", "{\"command\":[\"sh\",\"-c\",\"" + script + "\"]}");
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        return answer.text("stdout");
    }

    private Answer rollback(String session, String checkpoint) {
        return api.post("/sessions/" + session + "/rollback", "{\"checkpoint\":\"" + checkpoint + "\"}");
    }

    private HttpResponse<byte[]> upload(String name, byte[] stream) throws Exception {
        return exchange(request("/sessions/import?profile=" + profile + "&name=" + name)
                .header("Content-Type", "application/octet-stream")
                .POST(HttpRequest.BodyPublishers.ofByteArray(stream)));
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + "/api/v1" + path))
                .header("Authorization", "Bearer " + key);
    }

    private static HttpResponse<byte[]> exchange(HttpRequest.Builder request) throws Exception {
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
        }
    }

    private static void assertProblem(Answer answer, int status, String code) {
        assertThat(answer.status()).as(answer.text()).isEqualTo(status);
        assertThat(answer.text("code")).isEqualTo(code);
    }
}
