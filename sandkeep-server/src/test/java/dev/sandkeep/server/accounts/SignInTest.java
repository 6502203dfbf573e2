package dev.sandkeep.server.accounts;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandkeep.server.testing.ApiClient.Answer;
import dev.sandkeep.server.testing.AtOnce;
import dev.sandkeep.server.testing.Browser;
import dev.sandkeep.server.testing.ServerTest;
import dev.sandkeep.server.testing.SettableClock;
import dev.sandkeep.server.testing.SignedInPeople;
import dev.sandkeep.server.testing.SignedInPeople.Someone;
import dev.sandkeep.server.testing.TestServer;
import dev.sandkeep.server.testing.TestServer.Tenant;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.simple.JdbcClient;

@ServerTest
class SignInTest {
    @Autowired
    TestServer server;

    @Autowired
    SignedInPeople people;

    @Autowired
    PasswordLinks links;

    @Autowired
    SettableClock clock;

    @Autowired
    SetUpFile file;

    @Autowired
    JdbcClient jdbc;

    @Test
    void a_link_for_the_first_owner_lies_where_only_the_owner_of_the_files_reads_it() throws IOException {
        String url = "http://127.0.0.1:" + server.port() + "/set-up/token";
        file.write(url);
        assertThat(file.read()).contains(url);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file.path())))
                .isEqualTo("rw-------");
        people.owner();
        assertThat(file.path()).as("somebody can sign in").doesNotExist();
    }

    @Test
    void a_link_sets_a_person_up_once_also_when_many_try_at_once() throws InterruptedException {
        Tenant owner = server.newOrganization();
        String token = SignedInPeople.token(links.forSetUp(owner.caller()).url());
        String email = owner.caller().actor() + "@example.org";
        List<Callable<HttpResponse<String>>> calls =
                Collections.nCopies(4, () -> setUp(server.browser(), token, email, SignedInPeople.PASSWORD));
        List<Integer> answers =
                AtOnce.call(calls).stream().map(HttpResponse::statusCode).toList();
        assertThat(answers).containsExactlyInAnyOrder(303, 404, 404, 404);
        assertThat(signIn(server.browser(), email, SignedInPeople.PASSWORD).statusCode())
                .isEqualTo(303);
    }

    @Test
    void a_new_link_takes_the_place_of_the_one_before_and_ends_after_a_day() {
        Tenant owner = server.newOrganization();
        String first = SignedInPeople.token(links.forSetUp(owner.caller()).url());
        String second = SignedInPeople.token(links.forSetUp(owner.caller()).url());
        assertThat(links.toSetUp(first)).isEmpty();
        assertThat(links.toSetUp(second)).isPresent();
        clock.advance(PasswordLinks.LIFETIME.plusSeconds(1));
        assertThat(links.toSetUp(second)).isEmpty();
    }

    @Test
    void a_link_does_not_take_what_is_no_password_or_address() {
        Tenant owner = server.newOrganization();
        String token = SignedInPeople.token(links.forSetUp(owner.caller()).url());
        String email = owner.caller().actor() + "@example.org";
        for (String password : List.of("short", "aaaaaaaaaaaaaaaa", "password12345", email, "x".repeat(201))) {
            assertThat(setUp(server.browser(), token, email, password).statusCode())
                    .as(password)
                    .isEqualTo(422);
        }
        for (String address :
                List.of("nobody", "a@b\r\nBcc: c@d.example", "<a@b.example>", "a@b.example, c@d.example")) {
            assertThat(setUp(server.browser(), token, address, SignedInPeople.PASSWORD)
                            .statusCode())
                    .as(address)
                    .isEqualTo(422);
        }
        Someone other = people.owner();
        assertThat(setUp(
                                server.browser(),
                                token,
                                other.email().toUpperCase(java.util.Locale.ROOT),
                                SignedInPeople.PASSWORD)
                        .body())
                .contains("Somebody else has the address");
        assertThat(links.toSetUp(token)).as("none of this uses it up").isPresent();
    }

    @Test
    void a_password_is_stored_as_argon2id_and_means_the_same_however_it_is_typed() {
        Tenant owner = server.newOrganization();
        String token = SignedInPeople.token(links.forSetUp(owner.caller()).url());
        String email = owner.caller().actor() + "@example.org";
        assertThat(setUp(server.browser(), token, email, "Zw\u00f6lf Boxk\u00e4mpfer")
                        .statusCode())
                .isEqualTo(303);
        assertThat(jdbc.sql("select hash from passwords p join people on id = person_id where email = :email")
                        .param("email", email)
                        .query(String.class)
                        .single())
                .startsWith("$argon2id$v=19$m=1024,t=1,p=1$");
        assertThat(signIn(server.browser(), email.toUpperCase(java.util.Locale.ROOT), "Zwo\u0308lf Boxka\u0308mpfer")
                        .statusCode())
                .isEqualTo(303);
        assertThat(signIn(server.browser(), email, "Zwolf Boxkampfer").statusCode())
                .isEqualTo(401);
    }

    @Test
    void an_unknown_account_is_answered_like_a_wrong_password() {
        Someone someone = people.owner();
        HttpResponse<String> wrong = signIn(server.browser(), someone.email(), "wrong password");
        HttpResponse<String> unknown = signIn(server.browser(), "nobody-" + someone.email(), "wrong password");
        assertThat(wrong.statusCode()).isEqualTo(401);
        assertThat(unknown.statusCode()).isEqualTo(401);
        assertThat(unknown.body().replace("nobody-" + someone.email(), someone.email()))
                .isEqualTo(wrong.body());
        assertThat(unknown.headers().map().keySet())
                .isEqualTo(wrong.headers().map().keySet());
    }

    @Test
    void nobody_is_sent_to_another_site_after_signing_in() {
        Someone someone = people.owner();
        for (String next : List.of(
                "//evil.example",
                "/\\evil.example",
                "\\\\evil.example",
                "/\t/evil.example",
                "/\n/evil.example",
                "https://evil.example/",
                "javascript:alert(1)",
                "/..//evil.example",
                "/.//evil.example",
                "evil.example",
                "/sign-out",
                "/api/v1/me",
                " /x")) {
            assertThat(Browser.location(server.browser()
                            .post(
                                    "/sign-in",
                                    "email",
                                    someone.email(),
                                    "password",
                                    SignedInPeople.PASSWORD,
                                    "next",
                                    next)))
                    .as(next)
                    .isEqualTo("/");
        }
        for (String next : List.of("/profiles/web?tab=drafts#top", "/%2Fevil.example", "/a//b", "/?next=//evil")) {
            assertThat(SafePath.of(next)).isEqualTo(next);
        }
    }

    @Test
    void signing_in_and_out_stands_in_the_audit_log() {
        Someone someone = people.owner();
        Browser browser = people.browser(someone);
        browser.post("/sign-out");
        Answer audit = someone.tenant().api().get("/audit");
        assertThat(audit.text()).contains("signed_in", "signed_out", "password_set", "127.0.0.1");
        assertThat(audit.text()).doesNotContain(SignedInPeople.PASSWORD);
    }

    private static HttpResponse<String> signIn(Browser browser, String email, String password) {
        return browser.post("/sign-in", "email", email, "password", password);
    }

    private static HttpResponse<String> setUp(Browser browser, String token, String email, String password) {
        return browser.post("/set-up/" + token, "name", "n" + email.hashCode(), "email", email, "password", password);
    }
}
