package dev.sandkeep.server.dashboard.account;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandkeep.server.accounts.PasswordLinks;
import dev.sandkeep.server.testing.Browser;
import dev.sandkeep.server.testing.ServerTest;
import dev.sandkeep.server.testing.SignedInPeople;
import dev.sandkeep.server.testing.SignedInPeople.Someone;
import dev.sandkeep.server.testing.TestServer;
import dev.sandkeep.server.testing.TestServer.Tenant;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.simple.JdbcClient;

@ServerTest
class AccountPagesTest {
    private static final String SCRIPT = "<script>alert(1)</script>";
    private static final String ESCAPED = "&lt;script>";

    @Autowired
    TestServer server;

    @Autowired
    SignedInPeople people;

    @Autowired
    PasswordLinks links;

    @Autowired
    JdbcClient jdbc;

    private Browser stranger;

    @BeforeEach
    void anew() {
        jdbc.sql("delete from sign_in_failures").update();
        stranger = server.browser();
    }

    @Test
    void the_page_to_sign_in_keeps_where_one_wanted_to_go_and_what_one_typed() {
        HttpResponse<String> page = stranger.get(Browser.location(stranger.get("/settings/members")));
        assertThat(page.statusCode()).isEqualTo(200);
        assertThat(page.body())
                .contains("<h1>Sign in</h1>", "value=\"/settings/members\"", "Sign in with single sign-on");
        HttpResponse<String> refused =
                stranger.post("/sign-in", "email", SCRIPT, "password", "wrong password", "next", "/profiles");
        assertThat(refused.statusCode()).isEqualTo(401);
        assertThat(refused.body())
                .contains("E-mail address and password do not fit.", ESCAPED, "value=\"/profiles\"")
                .doesNotContain(SCRIPT);
        assertThat(stranger.get("/sign-in?next=//evil.example").body()).doesNotContain("evil.example");
        assertThat(stranger.get("/sign-in?mailed").body()).contains("a link is on its way");
        assertThat(stranger.get("/forgotten-password").body()).contains("Mail the link");
    }

    @Test
    void who_is_signed_in_is_not_asked_again() {
        Browser browser = people.browser(people.owner());
        assertThat(Browser.location(browser.get("/sign-in?next=/profiles"))).isEqualTo("/profiles");
    }

    @Test
    void links_lead_to_forms_and_used_ones_to_an_explanation() {
        Tenant owner = server.newOrganization();
        String setUp =
                "/set-up/" + SignedInPeople.token(links.forSetUp(owner.caller()).url());
        assertThat(stranger.get(setUp).body()).contains("Set up your account", "name=\"password\"");
        HttpResponse<String> mistaken = stranger.post(setUp, "name", SCRIPT, "email", "x", "password", "short");
        assertThat(mistaken.statusCode()).isEqualTo(422);
        assertThat(mistaken.body())
                .contains("the address must look like", "the password must have", ESCAPED)
                .doesNotContain(SCRIPT);
        for (String path : List.of("/set-up/none", "/reset-password/none", "/invitation/none")) {
            HttpResponse<String> page = stranger.get(path);
            assertThat(page.statusCode()).as(path).isEqualTo(404);
            assertThat(page.body()).as(path).contains("Ask for a new one").contains("<h1>");
        }
        assertThat(stranger.post("/set-up/none", "name", "a", "email", "b", "password", "c")
                        .statusCode())
                .isEqualTo(404);
    }

    @Test
    void an_invitation_asks_strangers_for_an_account_and_others_for_a_name_only() {
        Someone inviting = people.owner();
        inviting.tenant().api().put("/organization", "{\"name\":\"" + SCRIPT + "\"}");
        String path = "/invitation/"
                + SignedInPeople.token(inviting.tenant()
                        .api()
                        .post("/invitations", "{\"role\":\"member\"}")
                        .text("url"));
        assertThat(stranger.get(path).body())
                .contains("Join &lt;script&gt;alert(1)", "name=\"password\"", "/sign-in?next=" + path)
                .doesNotContain(SCRIPT);
        Browser other = people.browser(people.owner());
        assertThat(other.get(path).body())
                .contains("name=\"_csrf\" value=\"" + other.token())
                .doesNotContain("name=\"password\"");
    }

    @Test
    void the_account_shows_sessions_password_and_second_factor() {
        Someone someone = people.owner();
        Browser browser = people.browser(someone);
        HttpResponse<String> page = browser.get("/account");
        assertThat(page.statusCode()).isEqualTo(200);
        assertThat(page.body())
                .contains("Profile &amp; security", someone.email(), "this one", "Change password", "authenticator app")
                .doesNotContain("onclick", "<style", "javascript:");
        assertThat(Browser.location(stranger.get("/account"))).isEqualTo("/sign-in?next=%2Faccount");
    }
}
