package dev.sandkeep.server.accounts;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandkeep.server.platform.security.Role;
import dev.sandkeep.server.platform.security.Scope;
import dev.sandkeep.server.testing.Browser;
import dev.sandkeep.server.testing.ServerTest;
import dev.sandkeep.server.testing.SettableClock;
import dev.sandkeep.server.testing.SignedInPeople;
import dev.sandkeep.server.testing.SignedInPeople.Someone;
import dev.sandkeep.server.testing.TestServer;
import dev.sandkeep.server.testing.TestServer.Tenant;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.simple.JdbcClient;

@ServerTest
class BrowserSessionsTest {
    private static final String JSON = "application/json";
    private static final String COOKIE = "sandkeep_session";

    @Autowired
    TestServer server;

    @Autowired
    SignedInPeople people;

    @Autowired
    SettableClock clock;

    @Autowired
    JdbcClient jdbc;

    private Someone someone;
    private Browser browser;

    @BeforeEach
    void signedIn() {
        someone = people.owner();
        browser = people.browser(someone);
    }

    @Test
    void a_cookie_stands_for_the_member_and_is_stored_hashed() {
        HttpResponse<String> me = browser.get("/api/v1/me");
        assertThat(me.statusCode()).isEqualTo(200);
        assertThat(me.body())
                .contains(someone.tenant().caller().actor(), "\"role\":\"owner\"", "members.manage", "wse_");
        String cookie = browser.cookie(COOKIE);
        assertThat(cookie).hasSizeGreaterThanOrEqualTo(43);
        assertThat(jdbc.sql("select count(*) from web_sessions where web_sessions::text like '%' || :cookie || '%'")
                        .param("cookie", cookie)
                        .query(Integer.class)
                        .single())
                .isZero();
    }

    @Test
    void cookies_are_out_of_reach_for_scripts_and_other_sites() {
        HttpResponse<String> in =
                server.browser().post("/sign-in", "email", someone.email(), "password", SignedInPeople.PASSWORD);
        assertThat(in.headers().allValues("Set-Cookie"))
                .filteredOn(header -> !header.contains("Max-Age=0"))
                .hasSize(2)
                .allSatisfy(header -> assertThat(header).contains("HttpOnly", "SameSite=Lax", "Path=/"));
    }

    @Test
    void an_api_key_wins_over_a_cookie() {
        Tenant other = server.newOrganization();
        HttpResponse<String> me = browser.get("/api/v1/me", "Authorization", "Bearer " + other.key());
        assertThat(me.body()).contains(other.caller().actor());
        assertThat(browser.get("/api/v1/me", "Authorization", "Bearer skp_wrong")
                        .statusCode())
                .isEqualTo(401);
    }

    @Test
    void what_changes_something_needs_the_token_and_an_own_origin() {
        String name = "{\"name\":\"renamed\"}";
        assertThat(rename(browser, name)).isEqualTo(200);
        assertThat(rename(people.browser(someone).with(""), name))
                .as("no token")
                .isEqualTo(403);
        assertThat(rename(people.browser(someone).with("x".repeat(43)), name))
                .as("wrong token")
                .isEqualTo(403);
        for (String origin : List.of("https://evil.example", "null", "", "http://127.0.0.1", "http://127.0.0.1:1")) {
            assertThat(rename(people.browser(someone).from(origin), name))
                    .as("origin '%s'", origin)
                    .isEqualTo(403);
        }
        Browser silent = people.browser(someone).from("");
        assertThat(silent.send(
                                "PUT",
                                "/api/v1/organization",
                                JSON,
                                name,
                                "Sec-Fetch-Site",
                                "same-origin",
                                "X-CSRF-Token",
                                people.csrf(silent))
                        .statusCode())
                .as("an older way to say it")
                .isEqualTo(200);
    }

    @Test
    void what_other_sites_can_send_without_asking_changes_nothing() {
        String body = "{\"name\":\"stolen\"}";
        Browser forged = people.browser(someone).with("").from("https://evil.example");
        for (String type : List.of("text/plain", "application/x-www-form-urlencoded", "multipart/form-data")) {
            assertThat(forged.send("POST", "/api/v1/profiles", type, body).statusCode())
                    .as(type)
                    .isEqualTo(403);
        }
        assertThat(forged.post("/sign-out").statusCode()).isEqualTo(403);
        assertThat(server.browser()
                        .from("https://evil.example")
                        .post("/sign-in", "email", someone.email(), "password", SignedInPeople.PASSWORD)
                        .statusCode())
                .as("nobody is signed in as somebody else from another site")
                .isEqualTo(403);
        assertThat(forged.get("/api/v1/profiles").body()).doesNotContain("stolen");
    }

    @Test
    void a_websocket_from_another_site_is_refused() {
        assertThat(RawRequests.head(
                        server.port(),
                        "GET /api/v1/sessions/any/exec HTTP/1.1\r\nHost: x\r\nCookie: " + COOKIE + "="
                                + browser.cookie(COOKIE) + RawRequests.UPGRADE
                                + "Origin: https://evil.example\r\n\r\n"))
                .startsWith("HTTP/1.1 403");
        assertThat(RawRequests.head(
                        server.port(),
                        "GET /api/v1/sessions/any/exec HTTP/1.1\r\nHost: x\r\nCookie: " + COOKIE + "="
                                + browser.cookie(COOKIE) + RawRequests.UPGRADE + "Origin: http://x\r\n\r\n"))
                .startsWith("HTTP/1.1 101");
    }

    @Test
    void a_stream_of_events_for_another_site_is_refused() {
        HttpResponse<String> foreign =
                browser.get("/api/v1/events", "Accept", "text/event-stream", "Origin", "https://evil.example");
        assertThat(foreign.statusCode()).isEqualTo(403);
        assertThat(foreign.body()).contains("forged_request");
        assertThat(foreign.headers().firstValue("Access-Control-Allow-Origin")).isEmpty();
    }

    @Test
    void a_cookie_from_before_the_sign_in_is_worth_nothing() {
        String planted = "A".repeat(43);
        Browser victim = server.browser().setCookie(COOKIE, planted);
        victim.post("/sign-in", "email", someone.email(), "password", SignedInPeople.PASSWORD);
        assertThat(victim.cookie(COOKIE)).isNotEqualTo(planted);
        assertThat(server.browser().setCookie(COOKIE, planted).get("/api/v1/me").statusCode())
                .isEqualTo(401);
    }

    @Test
    void a_cookie_is_replaced_and_the_one_before_ends_when_the_new_one_was_seen() {
        Browser copy = server.browser().setCookie(COOKIE, browser.cookie(COOKIE));
        String first = browser.cookie(COOKIE);
        clock.advance(WebSessions.ROTATED.plusSeconds(1));
        browser.get("/api/v1/me");
        assertThat(browser.cookie(COOKIE)).isNotEqualTo(first);
        assertThat(copy.get("/api/v1/me").statusCode()).as("side by side").isEqualTo(200);
        assertThat(copy.cookie(COOKIE)).as("and gets no other").isEqualTo(first);
        assertThat(browser.get("/api/v1/me").statusCode()).isEqualTo(200);
        clock.advance(WebSessions.SIDE_BY_SIDE.plusSeconds(1));
        Browser thief = server.browser().setCookie(COOKIE, first);
        assertThat(thief.get("/api/v1/me").statusCode()).isEqualTo(401);
        assertThat(browser.get("/api/v1/me").statusCode())
                .as("what was copied ends for both")
                .isEqualTo(401);
    }

    @Test
    void a_new_cookie_that_got_lost_is_replaced_again() {
        String first = browser.cookie(COOKIE);
        clock.advance(WebSessions.ROTATED.plusSeconds(1));
        browser.get("/api/v1/me");
        browser.setCookie(COOKIE, first);
        clock.advance(WebSessions.ON_ITS_WAY.plusSeconds(1));
        assertThat(browser.get("/api/v1/me").statusCode()).isEqualTo(200);
        assertThat(browser.cookie(COOKIE)).isNotEqualTo(first);
        assertThat(browser.get("/api/v1/me").statusCode()).isEqualTo(200);
    }

    @Test
    void another_role_takes_hold_at_once_and_replaces_the_cookie() {
        Tenant member = server.newMember(someone.tenant().caller().organizationId(), Role.MEMBER, Scope.ALL);
        Browser promoted = people.browser(people.canSignIn(member));
        String before = promoted.cookie(COOKIE);
        someone.tenant().api().put("/members/" + member.caller().actor() + "/role", "{\"role\":\"admin\"}");
        assertThat(promoted.get("/api/v1/me").body()).contains("\"role\":\"admin\"");
        assertThat(promoted.cookie(COOKIE)).isNotEqualTo(before);
    }

    @Test
    void a_session_ends_unused_and_in_any_case() {
        Browser used = people.browser(someone);
        clock.advance(Duration.ofHours(23));
        assertThat(used.get("/api/v1/me").statusCode()).isEqualTo(200);
        clock.advance(Duration.ofHours(2));
        assertThat(browser.get("/api/v1/me").statusCode())
                .as("unused for 25 hours")
                .isEqualTo(401);
        assertThat(browser.cookie(COOKIE)).as("taken away").isEmpty();
        for (int day = 0; day < 14; day++) {
            clock.advance(Duration.ofHours(23));
            used.get("/api/v1/me");
        }
        assertThat(used.get("/api/v1/me").statusCode()).as("after 14 days").isEqualTo(401);
    }

    @Test
    void signing_out_ends_the_session_and_not_only_the_cookie() {
        String cookie = browser.cookie(COOKIE);
        HttpResponse<String> out = browser.post("/sign-out");
        assertThat(out.statusCode()).isEqualTo(303);
        assertThat(browser.cookie(COOKIE)).isEmpty();
        assertThat(server.browser().setCookie(COOKIE, cookie).get("/api/v1/me").statusCode())
                .isEqualTo(401);
    }

    @Test
    void a_person_looks_at_one_organization_at_a_time_and_never_at_one_of_others() {
        Tenant other = server.newOrganization();
        String token = other.api().post("/invitations", "{\"role\":\"member\"}").text("token");
        someone.tenant().api().post("/invitations/accept", "{\"token\":\"" + token + "\",\"name\":\"guest\"}");
        String wanted = other.caller().organizationId();
        assertThat(browser.post("/switch-organization", "organization", wanted).statusCode())
                .isEqualTo(303);
        assertThat(browser.get("/api/v1/organization").body()).contains(wanted);
        String foreign = server.newOrganization().caller().organizationId();
        assertThat(browser.post("/switch-organization", "organization", foreign).statusCode())
                .isEqualTo(404);
        assertThat(browser.get("/api/v1/organization").body()).contains(wanted);
        assertThat(people.browser(someone).get("/api/v1/organization").body())
                .as("where it was last")
                .contains(wanted);
        String guest = browser.get("/api/v1/me").body().replaceAll(".*\"actor\":\"(mbr_[a-z0-9]+)\".*", "$1");
        assertThat(other.api().delete("/members/" + guest).status()).isEqualTo(204);
        assertThat(browser.get("/api/v1/organization").body())
                .as("who was removed goes on elsewhere")
                .contains(someone.tenant().caller().organizationId());
    }

    @Test
    void who_asks_for_a_page_is_sent_to_sign_in_and_programs_are_told() {
        Browser stranger = server.browser();
        assertThat(Browser.location(stranger.get("/settings/members?tab=a&b=%2f")))
                .isEqualTo("/sign-in?next=%2Fsettings%2Fmembers%3Ftab%3Da%26b%3D%252f");
        assertThat(stranger.get("/api/v1/me").statusCode()).isEqualTo(401);
        assertThat(stranger.get("/settings/members", "Accept", "*/*").statusCode())
                .isEqualTo(401);
    }

    @Test
    void browsers_are_told_what_to_refuse() {
        for (String path : List.of("/api/v1/me", "/nowhere", "/api/v1/health")) {
            HttpResponse<String> answer = browser.get(path);
            assertThat(answer.headers().firstValue("Content-Security-Policy").orElse(""))
                    .as(path)
                    .contains("default-src 'self'", "frame-ancestors 'none'", "form-action 'self'")
                    .doesNotContain("unsafe");
            assertThat(answer.headers().firstValue("X-Content-Type-Options")).contains("nosniff");
            assertThat(answer.headers().firstValue("X-Frame-Options")).contains("DENY");
            assertThat(answer.headers().firstValue("Referrer-Policy")).contains("same-origin");
            assertThat(answer.headers().firstValue("Cross-Origin-Opener-Policy"))
                    .contains("same-origin");
            assertThat(answer.headers().firstValue("Cache-Control").orElse("")).contains("no-store");
            assertThat(answer.headers().firstValue("Strict-Transport-Security"))
                    .as("no TLS here")
                    .isEmpty();
        }
    }

    private static int rename(Browser browser, String body) {
        String token = browser.token();
        return (token.isEmpty()
                        ? browser.send("PUT", "/api/v1/organization", JSON, body)
                        : browser.send("PUT", "/api/v1/organization", JSON, body, "X-CSRF-Token", token))
                .statusCode();
    }
}
