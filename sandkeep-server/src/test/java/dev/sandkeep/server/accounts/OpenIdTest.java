package dev.sandkeep.server.accounts;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandkeep.server.testing.Browser;
import dev.sandkeep.server.testing.OutsideServers;
import dev.sandkeep.server.testing.ServerTest;
import dev.sandkeep.server.testing.SignedInPeople;
import dev.sandkeep.server.testing.SignedInPeople.Someone;
import dev.sandkeep.server.testing.TestServer;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import no.nav.security.mock.oauth2.token.DefaultOAuth2TokenCallback;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.simple.JdbcClient;

/** The whole dance with a real OpenID provider (mock-oauth2-server). */
@ServerTest
class OpenIdTest {
    private static final String ME = "/api/v1/me";
    private static final HttpClient PROVIDERS_SIDE = HttpClient.newHttpClient();

    @Autowired
    TestServer server;

    @Autowired
    SignedInPeople people;

    @Autowired
    JdbcClient jdbc;

    private final String subject = UUID.randomUUID().toString();

    @Test
    void somebody_whose_group_has_a_role_is_let_in_and_has_it() throws Exception {
        Browser browser = server.browser();
        String email = subject + "@example.org";
        assertThat(Browser.location(dance(browser, "/profiles", claims(email, true, "engineers"))))
                .isEqualTo("/profiles");
        assertThat(browser.get(ME).body()).contains("\"role\":\"member\"", "wse_");
        Browser later = server.browser();
        dance(later, "/", claims(email, true, "leads"));
        assertThat(later.get(ME).body()).as("another group").contains("\"role\":\"admin\"");
        assertThat(jdbc.sql("select count(*) from people where email = :email")
                        .param("email", email)
                        .query(Integer.class)
                        .single())
                .isOne();
    }

    @Test
    void somebody_without_a_group_is_not_let_in_unless_invited() throws Exception {
        Browser browser = server.browser();
        HttpResponse<String> refused = dance(browser, "/", claims(subject + "@example.org", true, "visitors"));
        assertThat(refused.statusCode()).isEqualTo(403);
        assertThat(browser.get(ME).statusCode()).isEqualTo(401);
        String url = people.owner()
                .tenant()
                .api()
                .post("/invitations", "{\"role\":\"member\"}")
                .text("url");
        String path = URI.create(url).getPath();
        assertThat(Browser.location(dance(browser, path, claims(subject + "@example.org", true, "visitors"))))
                .isEqualTo(path);
        browser.with(people.csrf(browser));
        assertThat(browser.post(path, "name", "guest").statusCode()).isEqualTo(303);
        assertThat(browser.get(ME).body()).contains("\"role\":\"member\"");
    }

    @Test
    void an_account_is_linked_by_an_address_only_when_both_sides_have_verified_it() throws Exception {
        Someone verifiedHere = people.owner();
        Browser browser = server.browser();
        assertThat(dance(browser, "/", claims(verifiedHere.email(), false, "engineers"))
                        .statusCode())
                .as("not verified there")
                .isEqualTo(403);
        assertThat(Browser.location(dance(browser, "/", claims(verifiedHere.email(), true, "visitors"))))
                .isEqualTo("/");
        assertThat(browser.get("/api/v1/account").body())
                .contains(verifiedHere.person().id());

        Someone notHere = people.owner();
        jdbc.sql("update people set email_verified_at = null where id = :id")
                .param("id", notHere.person().id())
                .update();
        String other = UUID.randomUUID().toString();
        assertThat(danceAs(other, server.browser(), "/", claims(notHere.email(), true, "engineers"))
                        .statusCode())
                .as("not verified here")
                .isEqualTo(403);
        Browser signedIn = people.browser(notHere);
        String departure = Browser.location(signedIn.post("/account/openid"));
        assertThat(Browser.location(back(other, signedIn, departure, claims("other@example.org", true, "visitors"))))
                .as("linked by who is signed in")
                .isEqualTo("/account");
        Browser anew = server.browser();
        danceAs(other, anew, "/", claims("other@example.org", true, "visitors"));
        assertThat(anew.get("/api/v1/account").body()).contains(notHere.person().id());
    }

    @Test
    void what_the_browser_brings_back_counts_once_and_in_that_browser_only() throws Exception {
        Browser victim = server.browser();
        String departure = Browser.location(victim.get("/sign-in/openid?next=/"));
        String landing = landing(subject, departure, claims(subject + "@example.org", true, "engineers"));
        Browser attacker = server.browser();
        attacker.get("/sign-in/openid?next=/");
        assertThat(attacker.get(landing).statusCode()).as("another browser").isEqualTo(401);
        assertThat(server.browser().get(landing).statusCode()).as("no cookie").isEqualTo(401);
        assertThat(victim.get(landing).statusCode()).isEqualTo(303);
        assertThat(victim.get(landing).statusCode()).as("again").isEqualTo(401);
        assertThat(departure).contains("code_challenge_method=S256", "code_challenge=", "nonce=", "state=");
    }

    @Test
    void a_token_for_another_client_or_request_is_refused() throws Exception {
        Map<String, Object> claims = claims(subject + "@example.org", true, "engineers");
        claims.put("nonce", "of another request");
        Browser browser = server.browser();
        assertThat(dance(browser, "/", claims).statusCode()).as("nonce").isEqualTo(401);
        for (Map<String, Object> foreign : List.<Map<String, Object>>of(
                Map.of("aud", List.of("another-client")), Map.of("iss", "https://another.example"), Map.of("exp", 1))) {
            claims = claims(subject + "@example.org", true, "engineers");
            claims.putAll(foreign);
            assertThat(dance(browser, "/", claims).statusCode())
                    .as("%s", foreign)
                    .isEqualTo(401);
        }
        assertThat(browser.get(ME).statusCode()).isEqualTo(401);
    }

    private HttpResponse<String> dance(Browser browser, String next, Map<String, Object> claims) throws Exception {
        return danceAs(subject, browser, next, claims);
    }

    private HttpResponse<String> danceAs(String who, Browser browser, String next, Map<String, Object> claims)
            throws Exception {
        OutsideServers.openId();
        return back(who, browser, Browser.location(browser.get("/sign-in/openid?next=" + next)), claims);
    }

    private HttpResponse<String> back(String who, Browser browser, String departure, Map<String, Object> claims)
            throws Exception {
        return browser.get(landing(who, departure, claims));
    }

    /** Where the provider sends the browser that arrives at {@code departure}. */
    private static String landing(String who, String departure, Map<String, Object> claims) throws Exception {
        OutsideServers.openId()
                .enqueueCallback(new DefaultOAuth2TokenCallback(
                        OutsideServers.ISSUER, who, "JWT", List.of("sandkeep"), claims, 3600));
        return follow(departure);
    }

    private static String follow(String departure) throws Exception {
        HttpResponse<String> answer = PROVIDERS_SIDE.send(
                HttpRequest.newBuilder(URI.create(departure))
                        .timeout(Duration.ofMinutes(2))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        URI back = URI.create(answer.headers().firstValue("Location").orElseThrow());
        assertThat(back.getPath()).isEqualTo("/sign-in/openid/return");
        return back.getRawPath() + "?" + back.getRawQuery();
    }

    private static Map<String, Object> claims(String email, boolean verified, String group) {
        return new HashMap<>(Map.of("email", email, "email_verified", verified, "groups", List.of(group, "all")));
    }
}
