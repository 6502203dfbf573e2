package dev.sandkeep.server.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandkeep.server.testing.ApiClient;
import dev.sandkeep.server.testing.ApiClient.Answer;
import dev.sandkeep.server.testing.SandboxLab;
import dev.sandkeep.server.testing.ServerTest;
import dev.sandkeep.server.testing.SignedInPeople;
import dev.sandkeep.server.testing.SignedInPeople.Someone;
import dev.sandkeep.server.testing.TestServer;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.web.bind.annotation.RequestMethod;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerMapping;

/** Walks every page that there is, in an organization in which everything that people name is a script. */
@ServerTest
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class NamesAndDownloadsTest {
    private static final String SCRIPT = "\"'><script>alert(1)</script>";
    /** The same inside a text of JSON. */
    private static final String IN_JSON = "\\\"'><script>alert(1)</script>";

    private static final Pattern PARAMETER = Pattern.compile("\\{\\*?(\\w+)[^}]*}");
    /** Files, the page for what is no page, and pages that need more than an address. */
    private static final Set<String> OTHERS =
            Set.of("/assets/{*rest}", "/sign-in/openid", "/sign-in/openid/return", "/profiles/schedule-preview");

    @Autowired
    TestServer server;

    @Autowired
    SandboxLab lab;

    @Autowired
    SignedInPeople people;

    @Autowired
    RequestMappingHandlerMapping requestMappingHandlerMapping;

    private Someone owner;
    private ApiClient api;
    private String profile = "";
    private Map<String, String> things = Map.of();

    @BeforeAll
    void anOrganizationFullOfScripts() {
        owner = people.owner();
        api = owner.tenant().api();
        api.put("/organization", "{\"name\":\"" + IN_JSON + "\"}");
        api.post("/api-keys", "{\"name\":\"" + IN_JSON + "\",\"scopes\":[\"read\"]}");
        api.post("/service-accounts", "{\"name\":\"" + IN_JSON + "\",\"role\":\"member\"}");
        String token = api.post("/invitations", "{\"role\":\"member\"}").text("token");
        server.client("").post("/invitations/accept", "{\"token\":\"" + token + "\",\"name\":\"" + IN_JSON + "\"}");
        profile = lab.usable(
                owner.tenant().caller(),
                SandboxLab.text("setupScript", "echo " + SCRIPT.replace("'", "")),
                "\"files\":[{\"path\":\"/tmp/<script>alert(1)</script>\",\"content\":\"" + IN_JSON + "\"}]",
                "\"checks\":[\"echo <script>alert(1)</script>\"]",
                "\"environment\":{\"NAME\":\"" + IN_JSON + "\"}");
        api.put(
                "/profiles/" + profile + "/draft",
                "{\"baseImage\":{\"debian\":\"bookworm\"},\"setupScript\":\"" + IN_JSON + "\"}");
        String snapshot = api.get("/snapshots").text("items.0.id");
        api.post("/snapshots/" + snapshot + "/pin", "{\"reason\":\"" + IN_JSON + "\"}");
        things = Map.of(
                "profile",
                profile,
                "number",
                "1",
                "id",
                snapshot,
                "before",
                snapshot,
                "after",
                snapshot,
                "session",
                api.post("/sessions", "{\"profile\":\"" + profile + "\"}").text("id"),
                "organization",
                owner.tenant().caller().organizationId(),
                "token",
                "<script>alert(1)",
                "area",
                "<script>alert(1)",
                "rest",
                "<script>");
    }

    @Test
    void no_page_shows_a_name_as_anything_but_text() {
        Set<String> pages = new TreeSet<>();
        requestMappingHandlerMapping.getHandlerMethods().forEach((mapping, method) -> {
            if (method.getBeanType().getPackageName().startsWith("dev.sandkeep.server.dashboard")
                    && mapping.getMethodsCondition().getMethods().contains(RequestMethod.GET)) {
                pages.addAll(mapping.getPatternValues());
            }
        });
        pages.removeAll(OTHERS);
        assertThat(pages).hasSizeGreaterThan(35);
        String job = lab.newestJob(owner.tenant().caller(), profile).id();
        SoftAssertions all = new SoftAssertions();
        for (String page : pages) {
            String path = filled(page).replace("/snapshot-jobs/" + things.get("id"), "/snapshot-jobs/" + job);
            Answer answer = api.root(page.equals("/sessions/choice") ? path + "?profile=" + profile : path);
            boolean open = page.matches("/(sign-in|set-up|reset-password|invitation|forgotten|no-org).*");
            boolean ofTheServer = page.startsWith("/system");
            boolean nowhere = page.contains("{area");
            all.assertThat(answer.status())
                    .as(page)
                    .isIn(
                            open
                                    ? List.of(200, 303, 404)
                                    : ofTheServer ? List.of(403) : List.of(nowhere ? 404 : 200, 302));
            if (answer.headers().firstValue("Content-Type").orElse("").startsWith("text/html")) {
                all.assertThat(answer.text().contains("<script>alert")
                                || answer.text().contains("'><script"))
                        .as("a script in %s", path)
                        .isFalse();
            }
        }
        all.assertAll();
        for (String page : List.of(
                "/system",
                "/system/jobs",
                "/system/findings",
                "/system/organizations",
                "/system/organizations/" + things.get("organization"))) {
            assertThat(Html.page(server.operator().api(), page)).as(page).doesNotContain("<script>alert", "'><script");
        }
    }

    @Test
    void what_is_downloaded_is_a_file_and_never_a_page() {
        String job = lab.newestJob(owner.tenant().caller(), profile).id();
        for (String path : List.of(
                "/snapshot-jobs/" + job + "/log.txt",
                "/profiles/" + profile + "/draft.yaml",
                "/profiles/" + profile + "/versions/1.yaml",
                "/api/v1/audit/export")) {
            Answer file = api.root(path);
            assertThat(file.status()).as(path).isEqualTo(200);
            assertThat(file.headers().firstValue("Content-Disposition").orElse(""))
                    .as(path)
                    .startsWith("attachment");
            assertThat(file.headers().firstValue("X-Content-Type-Options"))
                    .as(path)
                    .hasValue("nosniff");
            assertThat(file.headers().firstValue("Content-Type").orElse(""))
                    .as(path)
                    .isNotEmpty()
                    .doesNotContain("html", "svg", "xml");
        }
        Answer volume = api.root("/api/v1/sessions/" + things.get("session") + "/volume/export");
        assertThat(volume.headers().firstValue("X-Content-Type-Options")).hasValue("nosniff");
    }

    @Test
    void a_body_that_is_too_large_is_refused() {
        Answer refused = api.put("/organization", "{\"name\":\"" + "x".repeat(5 << 20) + "\"}");
        assertThat(refused.text("code")).isEqualTo("request_too_large");
    }

    private String filled(String pattern) {
        Matcher parameter = PARAMETER.matcher(pattern);
        StringBuilder path = new StringBuilder();
        while (parameter.find()) {
            String thing = things.getOrDefault(parameter.group(1), "");
            assertThat(thing)
                    .as("what to put for %s in %s", parameter.group(1), pattern)
                    .isNotEmpty();
            parameter.appendReplacement(
                    path,
                    Matcher.quoteReplacement(
                            java.net.URLEncoder.encode(thing, java.nio.charset.StandardCharsets.UTF_8)));
        }
        return parameter.appendTail(path).toString();
    }
}
