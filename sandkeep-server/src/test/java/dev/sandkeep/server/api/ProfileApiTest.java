package dev.sandkeep.server.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sandkeep.server.profiles.RuntimePlan;
import dev.sandkeep.server.testing.ApiClient;
import dev.sandkeep.server.testing.ApiClient.Answer;
import dev.sandkeep.server.testing.ServerTest;
import dev.sandkeep.server.testing.TestServer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.simple.JdbcClient;

@ServerTest
class ProfileApiTest {
    @Autowired
    TestServer server;

    @Autowired
    JdbcClient jdbc;

    TestServer.Tenant tenant;
    ApiClient api;

    @BeforeEach
    void ownOrganization() {
        tenant = server.newOrganization();
        api = tenant.api();
    }

    @Test
    void a_new_profile_has_a_draft_with_every_default_filled_in() {
        Answer made = api.post("/profiles", "{\"name\":\"web\"}");
        assertThat(made.status()).isEqualTo(201);
        assertThat(made.headers().firstValue("Location").orElse("")).isEqualTo("/api/v1/profiles/" + made.text("id"));
        assertThat(made.text("id")).matches("prf_[0-9a-hjkmnp-tv-z]{26}");
        assertThat(made.text("draft.spec.baseImage.debian")).isEqualTo("bookworm");
        assertThat(made.text("draft.spec.setupTimeoutSeconds")).isEqualTo("1800");
        assertThat(made.text("draft.spec.persistedPaths")).isEqualTo("[\"/root\",\"/etc/codex\"]");
        assertThat(made.text("draft.spec.limits.memoryMiB")).isEqualTo("1024");
        assertThat(made.text("latestVersion")).isEqualTo("null");
        assertThat(made.text("usableVersion")).isEqualTo("null");
        assertThat(api.get("/profiles/web").text("id")).isEqualTo(made.text("id"));
        assertThat(api.get("/profiles/" + made.text("id")).text("name")).isEqualTo("web");
    }

    @Test
    void every_mistake_of_a_specification_is_answered_at_once_by_its_field() {
        api.post("/profiles", "{\"name\":\"web\"}");
        Answer answer = api.put("/profiles/web/draft", """
                {"baseImage":{"debian":"bookworm"}, "setupTimeoutSeconds":0, "environment":{"1X":"a","OK":5},
                 "setupScrpt":"x", "persistedPaths":["root","/","/proc/x","/a/../b","/data","/data/inner"],
                 "files":[{"path":"/opt/x","mode":"9","content":"a"},{"content":"b"}],
                 "limits":{"cpus":0,"memoryMiB":"much"}}
                """);
        assertThat(answer.status()).isEqualTo(422);
        assertThat(answer.text("code")).isEqualTo("validation_failed");
        assertThat(StreamSupport.stream(answer.body().get("errors").spliterator(), false)
                        .map(error -> error.get("field").stringValue() + " "
                                + error.get("code").stringValue()))
                .containsExactlyInAnyOrder(
                        "setupTimeoutSeconds out_of_range",
                        "environment.1X malformed",
                        "environment.OK wrong_type",
                        "setupScrpt unknown_field",
                        "persistedPaths[0] not_absolute",
                        "persistedPaths[1] root_not_allowed",
                        "persistedPaths[2] not_allowed",
                        "persistedPaths[3] not_normalized",
                        "persistedPaths[5] overlapping",
                        "files[0].mode malformed",
                        "files[1].path required",
                        "limits.cpus out_of_range",
                        "limits.memoryMiB wrong_type");
        assertThat(api.get("/profiles/web/draft").text("revision")).isEqualTo("1");
    }

    @Test
    void mistakes_around_and_inside_a_specification_are_answered_together() {
        Answer answer = api.post("/profiles", "{\"name\":\"Web!\",\"spec\":{\"checks\":[\" \"]},\"owner\":1}");
        assertThat(StreamSupport.stream(answer.body().get("errors").spliterator(), false)
                        .map(error -> error.get("field").stringValue()))
                .containsExactlyInAnyOrder("name", "spec.baseImage", "spec.checks[0]", "owner");
    }

    @Test
    void a_body_that_is_no_json_says_where() {
        Answer answer = api.post("/profiles", "{\"name\":");
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.text("code")).isEqualTo("malformed_json");
        assertThat(answer.text("detail")).contains("line 1");
        assertThat(api.post("/profiles", "{\"name\":\"a\",\"name\":\"b\"}").text("code"))
                .isEqualTo("malformed_json");
        assertThat(api.post("/profiles", "[]").text("code")).isEqualTo("validation_failed");
        assertThat(api.send("POST", "/profiles", "", "Content-Type", "application/json")
                        .text("code"))
                .isEqualTo("malformed_json");
        assertThat(api.send("PATCH", "/profiles", "{}").text("code")).isEqualTo("method_not_allowed");
    }

    @Test
    void a_name_is_taken_once_and_free_again_after_deletion() {
        api.post("/profiles", "{\"name\":\"web\"}");
        Answer second = api.post("/profiles", "{\"name\":\"web\"}");
        assertThat(second.status()).isEqualTo(409);
        assertThat(second.text("code")).isEqualTo("profile_name_taken");
        assertThat(api.delete("/profiles/web").status()).isEqualTo(204);
        assertThat(api.get("/profiles/web").text("code")).isEqualTo("not_found");
        assertThat(api.post("/profiles", "{\"name\":\"web\"}").status()).isEqualTo(201);
    }

    @Test
    void another_organization_sees_nothing_of_it() {
        String id = api.post("/profiles", "{\"name\":\"web\"}").text("id");
        ApiClient other = server.newOrganization().api();
        assertThat(other.get("/profiles/" + id).status()).isEqualTo(404);
        assertThat(other.get("/profiles/web").status()).isEqualTo(404);
        assertThat(other.put("/profiles/" + id + "/draft", "{}").status()).isIn(404, 422);
        assertThat(other.post("/profiles/" + id + "/publish", "").status()).isEqualTo(404);
        assertThat(other.delete("/profiles/" + id).status()).isEqualTo(404);
        assertThat(other.get("/profiles").text("items")).isEqualTo("[]");
        assertThat(other.get("/events").text("items")).isEqualTo("[]");
    }

    @Test
    void a_draft_is_written_only_over_the_revision_that_was_read() {
        api.post("/profiles", "{\"name\":\"web\"}");
        String changed = "{\"baseImage\":{\"debian\":\"bookworm\"},\"setupScript\":\"echo 1\"}";
        Answer written = api.put("/profiles/web/draft", changed, "If-Match", "\"1\"");
        assertThat(written.text("revision")).isEqualTo("2");
        assertThat(written.headers().firstValue("ETag")).contains("\"2\"");
        Answer stale = api.put("/profiles/web/draft", changed, "If-Match", "\"1\"");
        assertThat(stale.status()).isEqualTo(412);
        assertThat(stale.text("code")).isEqualTo("precondition_failed");
        assertThat(api.put("/profiles/web/draft", changed).text("revision"))
                .as("writing the same again changes nothing")
                .isEqualTo("2");
    }

    @Test
    void publishing_makes_the_draft_a_version_that_never_changes() {
        String id = api.post("/profiles", """
                        {"name":"web","spec":{"baseImage":{"debian":"bookworm"},
                         "environment":{"B":"2","A":"1"},"limits":{"cpus":0.5}}}
                        """).text("id");
        Answer published = api.post("/profiles/web/publish", "");
        assertThat(published.status()).isEqualTo(201);
        assertThat(published.text("version.number")).isEqualTo("1");
        assertThat(published.text("version.state")).isEqualTo("published");
        assertThat(published.text("version.snapshotStatus")).isIn("queued", "running", "ready");

        Answer plan = api.get("/profiles/web/versions/1/plan");
        assertThat(plan.text())
                .startsWith("{\"baseImage\":{\"debian\":\"bookworm\"},\"checks\":[],\"environment\":{\"A\":");
        assertThat(plan.text()).contains("\"cpus\":0.5,");
        assertThat(RuntimePlan.digest(plan.text().getBytes(StandardCharsets.UTF_8)))
                .isEqualTo(published.text("version.planDigest"));

        assertThat(api.get("/profiles/web/draft").text("code")).isEqualTo("no_draft");
        assertThat(api.post("/profiles/web/publish", "").text("code")).isEqualTo("no_draft");
        assertThat(api.get("/profiles/web").text("latestVersion")).isEqualTo("1");
        for (String change : List.of(
                "update profile_versions set plan = 'x' where profile_id = :id",
                "update profile_versions set published_by = 'me' where profile_id = :id",
                "delete from profile_versions where profile_id = :id")) {
            assertThatThrownBy(() -> jdbc.sql(change).param("id", id).update())
                    .isInstanceOf(DataAccessException.class)
                    .hasMessageContaining("its rows never change");
        }
    }

    @Test
    void a_draft_after_publishing_goes_on_with_new_revisions() {
        api.post("/profiles", "{\"name\":\"web\"}");
        api.post("/profiles/web/publish", "");
        Answer next = api.put("/profiles/web/draft", "{\"baseImage\":{\"debian\":\"trixie\"}}");
        assertThat(next.text("revision")).isEqualTo("2");
        api.post("/profiles/web/publish", "");
        Answer versions = api.get("/profiles/web/versions?limit=1");
        assertThat(versions.text("items.0.number")).isEqualTo("2");
        Answer rest = api.get("/profiles/web/versions?limit=1&cursor=" + versions.text("nextCursor"));
        assertThat(rest.text("items.0.number")).isEqualTo("1");
        assertThat(rest.text("nextCursor")).isEqualTo("null");
    }

    @Test
    void equal_drafts_published_at_once_become_one_version() throws Exception {
        api.post("/profiles", "{\"name\":\"web\"}");
        List<Answer> answers = atOnce(8, () -> api.post("/profiles/web/publish", ""));
        assertThat(answers).filteredOn(answer -> answer.status() == 201).hasSize(1);
        assertThat(answers)
                .filteredOn(answer -> answer.status() == 409)
                .hasSize(7)
                .allMatch(answer -> answer.text("code").equals("no_draft"));
    }

    @Test
    void a_creating_request_sent_again_with_its_key_creates_once() throws Exception {
        String body = "{\"name\":\"web\"}";
        List<Answer> answers = atOnce(8, () -> api.post("/profiles", body, "Idempotency-Key", "k-1"));
        assertThat(answers).allMatch(answer -> answer.status() == 201);
        assertThat(answers.stream().map(answer -> answer.text("id")).distinct()).hasSize(1);
        Answer other = api.post("/profiles", "{\"name\":\"other\"}", "Idempotency-Key", "k-1");
        assertThat(other.text("code")).isEqualTo("idempotency_key_reused");
        assertThat(api.post("/profiles", "{\"name\":\"x\"}", "Idempotency-Key", "k 1")
                        .text("code"))
                .isEqualTo("validation_failed");
        Answer published = api.post("/profiles/web/publish", "", "Idempotency-Key", "p-1");
        Answer again = api.post("/profiles/web/publish", "", "Idempotency-Key", "p-1");
        assertThat(again.status()).isEqualTo(201);
        assertThat(again.text("version.number")).isEqualTo(published.text("version.number"));
    }

    @Test
    void a_list_is_read_page_by_page() {
        for (String name : List.of("c", "a", "b")) {
            api.post("/profiles", "{\"name\":\"" + name + "\"}");
        }
        Answer first = api.get("/profiles?limit=2");
        assertThat(first.text("items.0.name") + first.text("items.1.name")).isEqualTo("ab");
        Answer second = api.get("/profiles?limit=2&cursor=" + first.text("nextCursor"));
        assertThat(second.text("items.0.name")).isEqualTo("c");
        assertThat(second.text("nextCursor")).isEqualTo("null");
        assertThat(api.get("/profiles?limit=0").text("code")).isEqualTo("validation_failed");
        assertThat(api.get("/profiles?cursor=nonsense").text("code")).isEqualTo("validation_failed");
        assertThat(api.get("/profiles?limit=many").text("code")).isEqualTo("bad_request");
    }

    private static List<Answer> atOnce(int times, Callable<Answer> request) throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Answer>> futures = IntStream.range(0, times)
                    .mapToObj(i -> threads.submit(request))
                    .toList();
            List<Answer> answers = new java.util.ArrayList<>();
            for (Future<Answer> future : futures) {
                answers.add(future.get());
            }
            return answers;
        }
    }
}
