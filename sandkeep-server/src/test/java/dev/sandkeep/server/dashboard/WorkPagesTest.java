package dev.sandkeep.server.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandkeep.server.platform.security.Role;
import dev.sandkeep.server.platform.security.Scope;
import dev.sandkeep.server.testing.ApiClient.Answer;
import dev.sandkeep.server.testing.SandboxLab;
import dev.sandkeep.server.testing.ServerTest;
import dev.sandkeep.server.testing.TestServer;
import dev.sandkeep.server.testing.TestServer.Tenant;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import tools.jackson.databind.json.JsonMapper;

/** The pages of profiles, snapshots, jobs and sessions. */
@ServerTest
class WorkPagesTest {
    private static final String SCRIPT = "</textarea><script>alert(1)</script>";

    @Autowired
    TestServer server;

    @Autowired
    SandboxLab lab;

    private Tenant owner;
    private String profile;

    @BeforeEach
    void aProfileWithASnapshot() {
        owner = server.newOrganization();
        profile = lab.usable(owner.caller(), SandboxLab.text("setupScript", "echo '" + SCRIPT + "'"));
    }

    @AfterEach
    void nothingLeaks() {
        lab.assertNothingLeaks();
    }

    @Test
    void every_page_is_whole_and_shows_what_people_wrote_as_text() {
        String session = owner.api()
                .post("/sessions", "{\"profile\":\"" + profile + "\"}")
                .text("id");
        String job = lab.newestJob(owner.caller(), profile).id();
        String snapshot = owner.api().get("/snapshots?profile=" + profile).text("items.0.id");
        for (String path : List.of(
                "/",
                "/profiles",
                "/profiles?new",
                "/profiles/" + profile + "/draft",
                "/profiles/" + profile + "/versions",
                "/profiles/" + profile + "/versions/1",
                "/profiles/" + profile + "/snapshots",
                "/profiles/" + profile + "/sessions",
                "/profiles/" + profile + "/settings",
                "/sessions",
                "/sessions?start&profile=" + profile,
                "/sessions?state=running&profile=" + profile,
                "/sessions/" + session,
                "/snapshot-jobs",
                "/snapshot-jobs?state=succeeded",
                "/snapshot-jobs/" + job,
                "/snapshots/" + snapshot,
                "/snapshots/" + snapshot + "/diff/" + snapshot)) {
            assertThat(Html.page(owner.api(), path)).as(path).contains("<h1>").doesNotContain(SCRIPT);
        }
        assertThat(Html.page(owner.api(), "/profiles/" + profile + "/draft"))
                .contains("&lt;/textarea&gt;&lt;script&gt;alert(1)&lt;/script&gt;");
    }

    @Test
    void what_one_may_not_do_has_no_button() {
        String session = owner.api()
                .post("/sessions", "{\"profile\":\"" + profile + "\"}")
                .text("id");
        Tenant reader = server.newMember(owner.caller().organizationId(), Role.MEMBER, Set.of(Scope.READ));
        assertThat(Html.page(owner.api(), "/sessions/" + session))
                .contains("/stop\"", "data-console", "DELETE /api/v1");
        assertThat(Html.page(reader.api(), "/sessions/" + session))
                .doesNotContain("/stop\"", "data-console", "DELETE /api/v1");
        assertThat(Html.page(reader.api(), "/profiles/" + profile + "/draft"))
                .contains("<fieldset disabled>")
                .doesNotContain(">Save draft<");
    }

    @Test
    void publishing_shows_first_what_it_changes() {
        lab.draft(owner.caller(), profile, SandboxLab.spec(SandboxLab.text("setupScript", "echo other")));
        assertThat(Html.page(owner.api(), "/profiles/" + profile + "/draft/publish"))
                .contains("Publish version 2", "class=\"removed\"", "class=\"added\"", "echo other");
    }

    @Test
    void a_profile_that_says_nothing_yet_has_all_its_pages() {
        owner.api().post("/profiles", "{\"name\":\"empty\"}");
        owner.api().delete("/profiles/empty/draft");
        for (String page : List.of("draft", "versions", "snapshots", "sessions", "settings")) {
            assertThat(Html.page(owner.api(), "/profiles/empty/" + page)).contains("empty");
        }
    }

    @Test
    void yaml_goes_out_and_comes_in_the_same() {
        String yaml =
                owner.api().root("/profiles/" + profile + "/versions/1.yaml").text();
        assertThat(yaml).contains("setupScript: ");
        Answer read = server.client(owner.key())
                .outside()
                .post(
                        "/profiles/read-yaml",
                        "{\"text\":" + json("name: other\n" + yaml) + "}",
                        "Sec-Fetch-Site",
                        "same-origin");
        assertThat(read.status()).as(read.text()).isEqualTo(200);
        assertThat(read.text("name")).isEqualTo("other");
        Answer made = owner.api()
                .post("/profiles", "{\"name\":\"other\",\"spec\":" + read.body().get("spec") + "}");
        assertThat(made.status()).as(made.text()).isEqualTo(201);
        assertThat(owner.api().get("/profiles/other/draft").body().get("spec"))
                .isEqualTo(owner.api()
                        .get("/profiles/" + profile + "/versions/1")
                        .body()
                        .get("spec"));
    }

    @Test
    void yaml_that_is_none_says_where() {
        Answer refused = server.client(owner.key())
                .outside()
                .post("/profiles/read-yaml", "{\"text\":" + json("a: [1\nb: 2") + "}", "Sec-Fetch-Site", "same-origin");
        assertThat(refused.status()).isEqualTo(422);
        assertThat(refused.text()).contains("line");
        Answer inJson = server.client(owner.key())
                .outside()
                .post(
                        "/profiles/read-yaml",
                        "{\"text\":" + json("a: [1\nb: 2") + "}",
                        "Sec-Fetch-Site",
                        "same-origin",
                        "Accept",
                        "application/json");
        assertThat(inJson.status()).isEqualTo(422);
        assertThat(inJson.text("detail")).contains("line");
    }

    @Test
    void a_cron_expression_is_said_in_words() {
        assertThat(owner.api()
                        .root("/profiles/schedule-preview?cron=0+3+*+*+*&timeZone=Europe/Berlin")
                        .text())
                .contains("at 03:00", "<time");
        assertThat(owner.api()
                        .root("/profiles/schedule-preview?cron=never&timeZone=UTC")
                        .text())
                .contains("mistake");
        assertThat(owner.api()
                        .root("/profiles/schedule-preview?cron=0+3+*+*+*&timeZone=Mars")
                        .text())
                .contains("no time zone");
    }

    private static String json(String text) {
        return JsonMapper.shared().writeValueAsString(text);
    }

    @Test
    void what_is_not_there_has_a_page_that_says_so() {
        for (String path : List.of(
                "/nowhere",
                "/profiles/none/draft",
                "/sessions/ses_none",
                "/snapshot-jobs/job_none",
                "/profiles/x/versions/y")) {
            Answer answer = owner.api().root(path);
            assertThat(answer.status()).as(path).isEqualTo(404);
            assertThat(answer.headers().firstValue("Content-Type").orElse(""))
                    .as(path)
                    .startsWith("text/html");
            assertThat(answer.text()).as(path).contains("<h1>");
        }
        assertThat(owner.api()
                        .get("/nowhere")
                        .headers()
                        .firstValue("Content-Type")
                        .orElse(""))
                .isEqualTo("application/problem+json");
    }

    @Test
    void what_pages_load_may_be_kept_for_ever_and_is_found_by_its_digest_only() {
        String page = Html.page(owner.api(), "/");
        String asset = page.replaceAll("(?s).*href=\"(/assets/[0-9a-f]+/app\\.css)\".*", "$1");
        Answer found = owner.api().root(asset);
        assertThat(found.status()).isEqualTo(200);
        assertThat(found.headers().firstValue("Cache-Control").orElse("")).contains("immutable");
        assertThat(owner.api().root("/assets/000000000000/app.css").status()).isEqualTo(404);
        assertThat(owner.api().root("/assets/x/..%2f..%2fapplication.yaml").status())
                .isBetween(400, 404);
    }
}
