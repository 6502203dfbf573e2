package dev.sandkeep.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandkeep.server.testing.ApiClient;
import dev.sandkeep.server.testing.ApiClient.Answer;
import dev.sandkeep.server.testing.SandboxLab;
import dev.sandkeep.server.testing.ServerTest;
import dev.sandkeep.server.testing.TestServer;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;

/** Schedules, history, pruning and setup tests over HTTP. */
@ServerTest
class SnapshotApiTest {
    @Autowired
    TestServer server;

    @Autowired
    SandboxLab lab;

    TestServer.Tenant tenant;
    ApiClient api;
    private String profile = "";
    private String snapshot = "";

    @BeforeEach
    void aProfileWithASnapshot() {
        tenant = server.newOrganization();
        api = tenant.api();
        profile = lab.usable(tenant.caller());
        snapshot = api.get("/snapshots?profile=" + profile).text("items.0.id");
    }

    @Test
    void a_schedule_is_set_shown_with_the_version_and_turned_off() {
        assertThat(api.get("/profiles/" + profile + "/schedule").text("cron")).isEqualTo("null");
        Answer set = api.put(
                "/profiles/" + profile + "/schedule", "{\"cron\":\"0 3 * * *\",\"timeZone\":\"Europe/Berlin\"}");
        assertThat(set.status()).as(set.text()).isEqualTo(200);
        assertThat(set.text("description")).isEqualTo("at 03:00");
        assertThat(set.body().get("nextRuns")).hasSize(5);
        Answer version = api.get("/profiles/" + profile + "/versions/1");
        assertThat(version.text("automaticRefresh.enabled")).isEqualTo("true");
        assertThat(version.text("automaticRefresh.timeZone")).isEqualTo("Europe/Berlin");
        Answer off = api.put("/profiles/" + profile + "/schedule", "{\"cron\":\"0 3 * * *\",\"enabled\":false}");
        assertThat(off.text("enabled")).isEqualTo("false");
        assertThat(off.body().get("nextRuns")).isEmpty();
    }

    @Test
    void a_schedule_that_is_none_is_refused_with_its_fields() {
        Answer refused =
                api.put("/profiles/" + profile + "/schedule", "{\"cron\":\"sometimes\",\"timeZone\":\"Mars\",\"x\":1}");
        assertThat(refused.status()).isEqualTo(422);
        assertThat(refused.text("errors.0.field")).isEqualTo("x");
        refused = api.put("/profiles/" + profile + "/schedule", "{\"cron\":\"sometimes\",\"timeZone\":\"Mars\"}");
        assertThat(refused.text("errors.0.field") + " " + refused.text("errors.1.field"))
                .isEqualTo("timeZone cron");
    }

    @Test
    void a_snapshot_shows_what_it_was_made_from_and_where_its_space_goes() {
        Answer shown = api.get("/snapshots/" + snapshot);
        assertThat(shown.status()).as(shown.text()).isEqualTo(200);
        assertThat(shown.text("snapshot.current")).isEqualTo("true");
        assertThat(shown.text("inputs.fingerprint")).startsWith("sha256:");
        assertThat(shown.body().get("usage").get("ownBytes").isNumber()).isTrue();
    }

    @Test
    void a_refresh_takes_its_options_and_a_snapshot_can_be_rolled_back_to_pinned_and_compared() {
        Answer job = api.post("/profiles/" + profile + "/versions/1/refresh", "{\"full\":true}");
        assertThat(job.status()).as(job.text()).isEqualTo(201);
        assertThat(job.text("full")).isEqualTo("true");
        String second = lab.ended(tenant.caller(), job.text("id")).snapshotId().orElseThrow();
        assertThat(api.post("/snapshots/" + snapshot + "/rollback", "").text("current"))
                .isEqualTo("true");
        assertThat(api.post("/snapshots/" + snapshot + "/pin", "{\"reason\":\"demo\"}")
                        .text("pin.reason"))
                .isEqualTo("demo");
        assertThat(api.post("/snapshots/" + snapshot + "/unpin", "").text("pin"))
                .isEqualTo("null");
        Answer diff = api.get("/snapshots/" + snapshot + "/diff/" + second + "?limit=5");
        assertThat(diff.status()).as(diff.text()).isEqualTo(200);
        assertThat(diff.text("before")).isEqualTo(snapshot);
        assertThat(api.get("/snapshots/" + snapshot + "/diff/" + second + "?limit=-1")
                        .status())
                .isEqualTo(422);
    }

    @Test
    void a_refresh_that_changes_nothing_is_skipped() {
        Answer job = api.post("/profiles/" + profile + "/versions/1/refresh", "{\"onlyIfChanged\":true}");
        lab.ended(tenant.caller(), job.text("id"));
        assertThat(api.get("/snapshot-jobs/" + job.text("id")).text("state")).isEqualTo("skipped");
        assertThat(api.get("/profiles/" + profile + "/versions/1").text("lastRefresh"))
                .isEqualTo("succeeded");
    }

    @Test
    void pruning_answers_what_it_would_remove_and_the_ledger_what_it_did() {
        Answer prune = api.post("/snapshots/prune", "{\"dryRun\":true}");
        assertThat(prune.status()).as(prune.text()).isEqualTo(200);
        assertThat(prune.text("dryRun")).isEqualTo("true");
        // Base images belong to everyone, and other tests leave some.
        assertThat(prune.body().get("images"))
                .noneMatch(image -> image.path("reason").asString("").equals("superseded"));
        assertThat(api.get("/snapshots/removals").body())
                .noneMatch(removal -> removal.path("profileName").isString());
    }

    @Test
    void a_setup_script_is_tried_out_on_the_draft() {
        assertThat(api.post("/profiles/" + profile + "/draft/test", "").text("code"))
                .isEqualTo("no_draft");
        api.put("/profiles/" + profile + "/draft", "{\"baseImage\":{\"debian\":\"bookworm\"}}");
        Answer test = api.post("/profiles/" + profile + "/draft/test", "{\"setupScript\":\"echo hi\"}");
        assertThat(test.status()).as(test.text()).isEqualTo(201);
        assertThat(test.text("trigger")).isEqualTo("setup_test");
        assertThat(test.text("version")).isEqualTo("null");
        lab.ended(tenant.caller(), test.text("id"));
        assertThat(api.get("/snapshot-jobs/" + test.text("id") + "/log").text()).contains("\"text\":\"hi\"");
    }

    @Test
    void what_one_organization_owns_answers_404_to_another() {
        ApiClient other = server.newOrganization().api();
        for (String path : List.of("", "/diff/" + snapshot)) {
            assertThat(other.get("/snapshots/" + snapshot + path).status()).isEqualTo(404);
        }
        for (String action : List.of("/rollback", "/pin", "/unpin")) {
            assertThat(other.post("/snapshots/" + snapshot + action, "").status())
                    .isEqualTo(404);
        }
        assertThat(other.get("/profiles/" + profile + "/schedule").status()).isEqualTo(404);
        assertThat(other.put("/profiles/" + profile + "/schedule", "{\"cron\":\"0 3 * * *\"}")
                        .status())
                .isEqualTo(404);
        assertThat(other.post("/profiles/" + profile + "/draft/test", "").status())
                .isEqualTo(404);
    }
}
