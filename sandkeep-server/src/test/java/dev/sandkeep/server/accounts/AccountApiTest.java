package dev.sandkeep.server.accounts;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandkeep.server.platform.security.Role;
import dev.sandkeep.server.platform.security.Scope;
import dev.sandkeep.server.testing.ApiClient;
import dev.sandkeep.server.testing.ApiClient.Answer;
import dev.sandkeep.server.testing.AtOnce;
import dev.sandkeep.server.testing.Browser;
import dev.sandkeep.server.testing.ServerTest;
import dev.sandkeep.server.testing.SettableClock;
import dev.sandkeep.server.testing.SignedInPeople;
import dev.sandkeep.server.testing.SignedInPeople.Someone;
import dev.sandkeep.server.testing.TestServer;
import dev.sandkeep.server.testing.TestServer.Tenant;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.simple.JdbcClient;

@ServerTest
class AccountApiTest {
    private static final String ME = "/api/v1/me";
    private static final String SHOWN = "{\"password\":\"" + SignedInPeople.PASSWORD + "\"}";
    private static final String OTHER_PASSWORD = "another long password";

    @Autowired
    TestServer server;

    @Autowired
    SignedInPeople people;

    @Autowired
    SettableClock clock;

    @Autowired
    JdbcClient jdbc;

    @Autowired
    SecretSeal seal;

    private Someone someone;
    private ApiClient api;

    @BeforeEach
    void person() {
        jdbc.sql("delete from sign_in_failures").update();
        someone = people.owner();
        api = someone.tenant().api();
    }

    @Test
    void a_person_sees_and_ends_its_own_sessions_and_nobody_elses() {
        Browser first = people.browser(someone);
        Browser second = people.browser(someone);
        HttpResponse<String> list = second.get("/api/v1/account/sessions");
        assertThat(list.body()).contains("\"method\":\"password\"", "\"address\":\"127.0.0.1\"", "\"current\":true");
        String other = api.get("/account/sessions").text("items.1.id");
        assertThat(people.owner()
                        .tenant()
                        .api()
                        .delete("/account/sessions/" + other)
                        .status())
                .as("somebody else's")
                .isEqualTo(404);
        assertThat(first.get(ME).statusCode()).isEqualTo(200);
        assertThat(second.send(
                                "DELETE",
                                "/api/v1/account/sessions",
                                "application/json",
                                "",
                                "X-CSRF-Token",
                                second.token())
                        .statusCode())
                .isEqualTo(204);
        assertThat(first.get(ME).statusCode()).isEqualTo(401);
        assertThat(second.get(ME).statusCode()).isEqualTo(200);
        assertThat(api.delete("/account/sessions/"
                                + api.get("/account/sessions").text("items.0.id"))
                        .status())
                .isEqualTo(204);
        assertThat(second.get(ME).statusCode()).isEqualTo(401);
    }

    @Test
    void another_password_ends_all_other_sessions() {
        Browser here = people.browser(someone);
        Browser elsewhere = people.browser(someone);
        String wish = "{\"currentPassword\":\"%s\",\"newPassword\":\"%s\"}";
        assertThat(change(here, wish.formatted("not my password", OTHER_PASSWORD))
                        .body())
                .contains("\"currentPassword\"", "\"wrong\"");
        assertThat(change(here, wish.formatted(SignedInPeople.PASSWORD, "short"))
                        .body())
                .contains("\"newPassword\"", "\"out_of_range\"");
        assertThat(change(here, wish.formatted(SignedInPeople.PASSWORD, OTHER_PASSWORD))
                        .statusCode())
                .isEqualTo(204);
        assertThat(here.get(ME).statusCode()).isEqualTo(200);
        assertThat(elsewhere.get(ME).statusCode()).isEqualTo(401);
        assertThat(signIn(server.browser(), SignedInPeople.PASSWORD).statusCode())
                .isEqualTo(401);
        assertThat(signIn(server.browser(), OTHER_PASSWORD).statusCode()).isEqualTo(303);
    }

    @Test
    void a_key_that_was_found_does_not_guess_the_password() {
        for (int i = 0; i < SignInLimits.FOR_ACCOUNT; i++) {
            assertThat(api.post("/account/second-factor", "{\"password\":\"guess\"}")
                            .status())
                    .isEqualTo(422);
        }
        assertThat(api.post("/account/second-factor", SHOWN).status()).isEqualTo(429);
    }

    @Test
    void a_second_factor_counts_when_it_was_confirmed_and_each_code_once() throws InterruptedException {
        Answer begun = api.post("/account/second-factor", SHOWN);
        assertThat(begun.text("uri")).startsWith("otpauth://totp/Sandkeep:").contains(begun.text("secret"));
        assertThat(signIn(server.browser(), SignedInPeople.PASSWORD).headers().firstValue("Location"))
                .as("not asked for yet")
                .contains("/");
        assertThat(confirm("000000").status()).isEqualTo(422);
        String used = code(0);
        Answer confirmed = confirm(used);
        assertThat(confirmed.status()).as(confirmed.text()).isEqualTo(200);
        assertThat(confirmed.body().get("codes").size()).isEqualTo(10);
        assertThat(api.get("/account").text()).contains("\"secondFactor\":true", "\"recoveryCodesLeft\":10");
        assertThat(api.post("/account/second-factor", SHOWN).text("code")).isEqualTo("second_factor_exists");

        Browser browser = server.browser();
        assertThat(Browser.location(signIn(browser, SignedInPeople.PASSWORD))).startsWith("/sign-in/code");
        assertThat(browser.get(ME).statusCode()).as("the password alone").isEqualTo(401);
        assertThat(browser.post("/sign-in/code", "code", used).statusCode())
                .as("used to confirm")
                .isEqualTo(401);
        clock.advance(Duration.ofSeconds(Totp.STEP_SECONDS));
        String next = code(0);
        jdbc.sql("delete from sign_in_failures").update();
        List<Callable<Integer>> calls = Collections.nCopies(3, () -> {
            Browser thief = server.browser().setCookie(Cookies.CHALLENGE, browser.cookie(Cookies.CHALLENGE));
            return thief.post("/sign-in/code", "code", next).statusCode();
        });
        assertThat(AtOnce.call(calls)).containsExactlyInAnyOrder(303, 401, 401);
        jdbc.sql("delete from sign_in_failures").update();

        String paper = confirmed.text("codes.3");
        assertThat(withCode(paper.toUpperCase(java.util.Locale.ROOT).replace('-', ' '))
                        .get(ME)
                        .statusCode())
                .isEqualTo(200);
        assertThat(withCode(paper).get(ME).statusCode()).as("used up").isEqualTo(401);
        assertThat(api.get("/account").text()).contains("\"recoveryCodesLeft\":9");
        assertThat(jdbc.sql("select count(*) from recovery_codes where recovery_codes::text like '%' || :code || '%'")
                        .param("code", paper)
                        .query(Integer.class)
                        .single())
                .isZero();

        assertThat(api.post("/account/second-factor/recovery-codes", SHOWN)
                        .body()
                        .get("codes")
                        .size())
                .isEqualTo(10);
        assertThat(withCode(confirmed.text("codes.4")).get(ME).statusCode())
                .as("replaced")
                .isEqualTo(401);
        assertThat(api.post("/account/second-factor/remove", "{\"password\":\"wrong\"}")
                        .status())
                .isEqualTo(422);
        assertThat(api.post("/account/second-factor/remove", SHOWN).status()).isEqualTo(204);
        assertThat(people.browser(someone).get(ME).statusCode()).isEqualTo(200);
    }

    @Test
    void codes_are_not_guessed_for_ever() {
        api.post("/account/second-factor", SHOWN);
        confirm(code(0));
        jdbc.sql("delete from known_browsers").update();
        Browser browser = server.browser();
        signIn(browser, SignedInPeople.PASSWORD);
        for (int i = 0; i < SignInLimits.FOR_ACCOUNT; i++) {
            assertThat(browser.post("/sign-in/code", "code", "00000" + i).statusCode())
                    .isEqualTo(401);
        }
        assertThat(browser.post("/sign-in/code", "code", code(1)).statusCode()).isEqualTo(429);
    }

    @Test
    void a_member_chooses_another_password_by_a_link_of_an_admin_and_keeps_the_second_factor() {
        Tenant tenant = server.newMember(someone.tenant().caller().organizationId(), Role.MEMBER, Scope.ALL);
        Someone member = people.canSignIn(tenant);
        tenant.api().post("/account/second-factor", SHOWN);
        confirm(tenant, code(tenant, 0));
        Tenant admin = server.newMember(someone.tenant().caller().organizationId(), Role.ADMIN, Scope.ALL);
        String of = "/members/" + tenant.caller().actor() + "/password-reset";
        Answer made = admin.api().post(of, "{}");
        assertThat(made.status()).as(made.text()).isEqualTo(201);
        String token = SignedInPeople.token(made.text("url"));
        Browser browser = server.browser();
        assertThat(browser.post("/reset-password/" + token, "password", "short").statusCode())
                .isEqualTo(422);
        assertThat(Browser.location(browser.post("/reset-password/" + token, "password", OTHER_PASSWORD)))
                .startsWith("/sign-in/code");
        assertThat(browser.get(ME).statusCode()).isEqualTo(401);
        assertThat(browser.post("/reset-password/" + token, "password", OTHER_PASSWORD)
                        .statusCode())
                .as("used")
                .isEqualTo(404);
        String second = SignedInPeople.token(
                admin.api().post(of, "{\"removeSecondFactor\":true}").text("url"));
        assertThat(Browser.location(browser.post("/reset-password/" + second, "password", SignedInPeople.PASSWORD)))
                .isEqualTo("/");
        assertThat(browser.get(ME).statusCode()).isEqualTo(200);
        assertThat(member.email()).isNotEmpty();
        assertThat(api.get("/audit").text()).contains("password_reset_link_made", "removes the second factor");
    }

    @Test
    void admins_hand_nobody_over_who_is_more_than_theirs() {
        Tenant admin = server.newMember(someone.tenant().caller().organizationId(), Role.ADMIN, Scope.ALL);
        assertThat(admin.api()
                        .post("/members/" + someone.tenant().caller().actor() + "/password-reset", "{}")
                        .text("permission"))
                .as("an owner")
                .isEqualTo("owners.manage");
        Tenant elsewhere = server.newOrganization();
        String token = api.post("/invitations", "{\"role\":\"member\"}").text("token");
        String guest = elsewhere
                .api()
                .post("/invitations/accept", "{\"token\":\"" + token + "\",\"name\":\"guest\"}")
                .text("member.id");
        assertThat(api.post("/members/" + guest + "/password-reset", "{}").text("permission"))
                .as("a member of another organization too")
                .isEqualTo("sign-in.restore");
        assertThat(server.newOrganization()
                        .api()
                        .post("/members/" + guest + "/password-reset", "{}")
                        .status())
                .isEqualTo(404);
    }

    @Test
    void the_first_owner_gets_a_new_link_by_the_first_key_and_nobody_else_does() {
        assertThat(server.operator().api().post("/system/set-up-links", "").text("url"))
                .contains("/set-up/");
        assertThat(api.post("/system/set-up-links", "").text("permission")).isEqualTo("sign-in.restore");
    }

    private HttpResponse<String> change(Browser browser, String body) {
        return browser.send(
                "PUT", "/api/v1/account/password", "application/json", body, "X-CSRF-Token", browser.token());
    }

    private HttpResponse<String> signIn(Browser browser, String password) {
        return browser.post("/sign-in", "email", someone.email(), "password", password);
    }

    private Browser withCode(String code) {
        Browser browser = server.browser();
        signIn(browser, SignedInPeople.PASSWORD);
        browser.post("/sign-in/code", "code", code);
        return browser;
    }

    private Answer confirm(String code) {
        return confirm(someone.tenant(), code);
    }

    private static Answer confirm(Tenant tenant, String code) {
        return tenant.api().post("/account/second-factor/confirm", "{\"code\":\"" + code + "\"}");
    }

    /** What the app shows so many steps from now. */
    private String code(int ahead) {
        return code(someone.tenant(), ahead);
    }

    private String code(Tenant tenant, int ahead) {
        byte[] secret = jdbc.sql("""
                        select f.person_id, sealed, sealed_by from second_factors f
                        join members m on m.person_id = f.person_id
                        where m.id = :member
                        """)
                .param("member", tenant.caller().actor())
                .query((row, number) -> seal.open(
                        row.getString("person_id"),
                        SecretSeal.Sealed.of(row.getBytes("sealed"), row.getString("sealed_by"))))
                .single();
        return Totp.code(secret, clock.instant().getEpochSecond() / Totp.STEP_SECONDS + ahead);
    }
}
