package dev.sandkeep.server.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandkeep.server.accounts.PasswordLinks;
import dev.sandkeep.server.accounts.Visitor;
import dev.sandkeep.server.organizations.Person;
import dev.sandkeep.server.testing.TestServer.Tenant;
import java.util.Locale;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.jdbc.core.simple.JdbcClient;

/** People of tests who sign in with a browser. Inject it with {@code @Autowired}. */
@TestConfiguration(proxyBeanMethods = false)
public class SignedInPeople {
    /** Everybody's. */
    public static final String PASSWORD = "correct horse battery";

    private final PasswordLinks links;
    private final TestServer server;
    private final JdbcClient jdbc;

    SignedInPeople(PasswordLinks links, TestServer server, JdbcClient jdbc) {
        this.links = links;
        this.server = server;
        this.jdbc = jdbc;
    }

    /** Somebody who can sign in, with a key. */
    public record Someone(Tenant tenant, Person person, String email) {}

    /** The owner of a new organization, who can sign in. */
    public Someone owner() {
        return canSignIn(server.newOrganization());
    }

    /** Gives the person behind a member an address and a password. */
    public Someone canSignIn(Tenant tenant) {
        String token = token(links.forSetUp(tenant.caller()).url());
        String email = tenant.caller().actor().toLowerCase(Locale.ROOT) + "@example.org";
        Person person = links.setUp(token, tenant.caller().actor(), email, PASSWORD, new Visitor("192.0.2.1", "", ""))
                .session()
                .person();
        return new Someone(tenant, person, email);
    }

    /** Signs somebody in with a new browser. */
    public Browser browser(Someone someone) {
        Browser browser = server.browser();
        assertThat(browser.post("/sign-in", "email", someone.email(), "password", PASSWORD)
                        .statusCode())
                .isEqualTo(303);
        return browser.with(csrf(browser));
    }

    /** The token that pages of a browser's session send along. */
    public String csrf(Browser browser) {
        return jdbc.sql("select csrf_token from web_sessions where token_sha256 = sha256(cast(:cookie as bytea))")
                .param("cookie", browser.cookie("sandkeep_session").getBytes(java.nio.charset.StandardCharsets.UTF_8))
                .query(String.class)
                .single();
    }

    /** The last part of a link. */
    public static String token(String url) {
        return url.substring(url.lastIndexOf('/') + 1);
    }
}
