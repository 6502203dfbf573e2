package dev.sandkeep.server.accounts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.icegreen.greenmail.util.GreenMail;
import com.icegreen.greenmail.util.GreenMailUtil;
import dev.sandkeep.server.testing.ApiClient.Answer;
import dev.sandkeep.server.testing.AtOnce;
import dev.sandkeep.server.testing.Browser;
import dev.sandkeep.server.testing.OutsideServers;
import dev.sandkeep.server.testing.ServerTest;
import dev.sandkeep.server.testing.SettableClock;
import dev.sandkeep.server.testing.SignedInPeople;
import dev.sandkeep.server.testing.SignedInPeople.Someone;
import dev.sandkeep.server.testing.TestServer;
import jakarta.mail.MessagingException;
import jakarta.mail.internet.MimeMessage;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.simple.JdbcClient;

/** Invitations by link, and forgotten passwords, with mail through a real SMTP server (GreenMail). */
@ServerTest
class JoiningTest {
    private static final String ME = "/api/v1/me";

    @Autowired
    TestServer server;

    @Autowired
    SignedInPeople people;

    @Autowired
    SettableClock clock;

    @Autowired
    JdbcClient jdbc;

    private Someone owner;
    private String address;

    @BeforeEach
    void someone() {
        jdbc.sql("delete from sign_in_failures").update();
        owner = people.owner();
        address = "new-" + owner.email();
    }

    @Test
    void an_invitation_is_mailed_and_its_link_makes_an_account_once() throws Exception {
        GreenMail mail = OutsideServers.mail();
        Answer made = owner.tenant().api().post("/invitations", invitation(address));
        assertThat(made.status()).as(made.text()).isEqualTo(201);
        assertThat(made.text("mailed")).isEqualTo("true");
        String url = link(mail, address, "/invitation/");
        assertThat(url).isEqualTo(made.text("url"));
        String token = SignedInPeople.token(url);
        List<Callable<Integer>> calls = Stream.of("ada", "eve", "bob")
                .map(name -> (Callable<Integer>) () -> join(server.browser(), token, name, name + "-" + address))
                .toList();
        assertThat(AtOnce.call(calls)).containsExactlyInAnyOrder(303, 404, 404);
        assertThat(owner.tenant().api().get("/members").body().get("items").size())
                .isEqualTo(2);
    }

    @Test
    void somebody_new_is_signed_in_and_signs_in_again() {
        String token = SignedInPeople.token(
                owner.tenant().api().post("/invitations", invitation("")).text("url"));
        Browser browser = server.browser();
        assertThat(browser.post("/invitation/" + token, "name", "Ada", "email", "x", "password", "short")
                        .body())
                .contains("the address must look like", "the password must have");
        assertThat(join(browser, token, "Ada", address)).isEqualTo(303);
        assertThat(browser.get(ME).body()).contains("\"role\":\"member\"");
        Browser again = server.browser();
        again.post("/sign-in", "email", address, "password", SignedInPeople.PASSWORD);
        assertThat(again.get(ME).statusCode()).isEqualTo(200);
    }

    @Test
    void somebody_who_is_signed_in_joins_as_the_same_person() {
        Someone other = people.owner();
        Browser browser = people.browser(other);
        String token = SignedInPeople.token(
                owner.tenant().api().post("/invitations", invitation("")).text("url"));
        assertThat(server.browser()
                        .setCookie("sandkeep_session", browser.cookie("sandkeep_session"))
                        .post("/invitation/" + token, "name", "guest")
                        .statusCode())
                .as("without the session's token")
                .isEqualTo(403);
        assertThat(browser.post("/invitation/" + token, "name", "guest").statusCode())
                .isEqualTo(303);
        assertThat(browser.get("/api/v1/organization").body())
                .contains(owner.tenant().caller().organizationId());
        assertThat(browser.get("/api/v1/organizations").body())
                .contains(other.tenant().caller().organizationId());
    }

    @Test
    void nobody_takes_anothers_address_with_an_invitation() {
        String token = SignedInPeople.token(
                owner.tenant().api().post("/invitations", invitation("")).text("url"));
        assertThat(join(server.browser(), token, "Eve", owner.email())).isEqualTo(409);
        assertThat(join(server.browser(), token, "Ada", address))
                .as("and it is not used up")
                .isEqualTo(303);
    }

    @Test
    void a_forgotten_password_is_mailed_to_whom_it_belongs_and_to_nobody_else() throws Exception {
        GreenMail mail = OutsideServers.mail();
        Browser browser = server.browser();
        assertThat(Browser.location(browser.post("/forgotten-password", "email", "nobody-" + address)))
                .isEqualTo("/sign-in?mailed");
        assertThat(Browser.location(browser.post("/forgotten-password", "email", owner.email())))
                .isEqualTo("/sign-in?mailed");
        String token = SignedInPeople.token(link(mail, owner.email(), "/reset-password/"));
        assertThat(Browser.location(browser.post("/reset-password/" + token, "password", "another long password")))
                .isEqualTo("/");
        assertThat(browser.get(ME).statusCode()).isEqualTo(200);
        assertThat(mailsTo(mail, "nobody-" + address)).isEmpty();
    }

    @Test
    void a_mailed_link_ends_after_an_hour_and_takes_no_other_away() throws Exception {
        GreenMail mail = OutsideServers.mail();
        Someone member = people.canSignIn(server.newMember(
                owner.tenant().caller().organizationId(),
                dev.sandkeep.server.platform.security.Role.MEMBER,
                dev.sandkeep.server.platform.security.Scope.ALL));
        String handed = SignedInPeople.token(owner.tenant()
                .api()
                .post("/members/" + member.tenant().caller().actor() + "/password-reset", "{}")
                .text("url"));
        server.browser().post("/forgotten-password", "email", member.email());
        String mailed = SignedInPeople.token(link(mail, member.email(), "/reset-password/"));
        clock.advance(Duration.ofMinutes(61));
        assertThat(server.browser()
                        .post("/reset-password/" + mailed, "password", "another long password")
                        .statusCode())
                .isEqualTo(404);
        assertThat(server.browser()
                        .post("/reset-password/" + handed, "password", "another long password")
                        .statusCode())
                .isEqualTo(303);
    }

    private static String invitation(String email) {
        return email.isEmpty() ? "{\"role\":\"member\"}" : "{\"role\":\"member\",\"email\":\"" + email + "\"}";
    }

    private static int join(Browser browser, String token, String name, String email) {
        return browser.post("/invitation/" + token, "name", name, "email", email, "password", SignedInPeople.PASSWORD)
                .statusCode();
    }

    /** The link in the mail to somebody. */
    private static String link(GreenMail mail, String to, String path) {
        await().atMost(Duration.ofMinutes(2)).until(() -> !mailsTo(mail, to).isEmpty());
        Matcher link = Pattern.compile("http://\\S+" + path + "\\S+")
                .matcher(GreenMailUtil.getBody(mailsTo(mail, to).getFirst()).replace("=\r\n", ""));
        assertThat(link.find()).isTrue();
        return link.group();
    }

    private static List<MimeMessage> mailsTo(GreenMail mail, String to) {
        return Arrays.stream(mail.getReceivedMessages())
                .filter(message -> recipient(message).filter(to::equals).isPresent())
                .toList();
    }

    private static Optional<String> recipient(MimeMessage message) {
        try {
            return Optional.of(message.getAllRecipients()[0].toString());
        } catch (MessagingException e) {
            return Optional.empty();
        }
    }
}
