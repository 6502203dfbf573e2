package dev.sandkeep.server.accounts;

import dev.sandkeep.server.platform.Sha256;
import dev.sandkeep.server.platform.database.Rows;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** What was asked of the OpenID provider and is not answered yet; and whom the provider calls what. */
@Component
class OpenIdRequests {
    static final Duration LIFETIME = Duration.ofMinutes(15);

    private final JdbcClient jdbc;
    private final Clock clock;

    OpenIdRequests(JdbcClient jdbc, Clock clock) {
        this.jdbc = jdbc;
        this.clock = clock;
    }

    /**
     * A request.
     *
     * @param person who wants to sign in with the provider from now on; empty for somebody who signs in
     */
    record Asked(String nonce, String codeVerifier, String next, Optional<String> person) {
        /** Shows no secret. */
        @Override
        public String toString() {
            return "Asked[]";
        }
    }

    void insert(String state, String browser, Asked asked) {
        jdbc.sql("""
                        insert into openid_requests (state_sha256, browser_sha256, nonce, code_verifier, next, person_id,
                                                     expires_at)
                        values (:state, :browser, :nonce, :verifier, :next, :person, :expires)
                        """)
                .param("state", Sha256.of(state))
                .param("browser", Sha256.of(browser))
                .param("nonce", asked.nonce())
                .param("verifier", asked.codeVerifier())
                .param("next", asked.next())
                .param("person", asked.person().orElse(null))
                .param("expires", Rows.time(clock.instant().plus(LIFETIME)))
                .update();
    }

    /** Takes it out, once, for the browser that it was made for. */
    Optional<Asked> take(String state, String browser) {
        return jdbc.sql("""
                        delete from openid_requests
                        where state_sha256 = :state and browser_sha256 = :browser and expires_at > :now
                        returning nonce, code_verifier, next, person_id
                        """)
                .param("state", Sha256.of(state))
                .param("browser", Sha256.of(browser))
                .param("now", Rows.time(clock.instant()))
                .query((row, number) -> new Asked(
                        row.getString("nonce"),
                        row.getString("code_verifier"),
                        row.getString("next"),
                        Rows.optionalText(row, "person_id")))
                .optional();
    }

    Optional<String> person(String issuer, String subject) {
        return jdbc.sql("""
                        update identities set last_used_at = :now where issuer = :issuer and subject = :subject
                        returning person_id
                        """)
                .param("now", Rows.time(clock.instant()))
                .param("issuer", issuer)
                .param("subject", subject)
                .query(String.class)
                .optional();
    }

    void link(String issuer, String subject, String person) {
        jdbc.sql("""
                        insert into identities (issuer, subject, person_id, created_at, last_used_at)
                        values (:issuer, :subject, :person, :now, :now) on conflict do nothing
                        """)
                .param("issuer", issuer)
                .param("subject", subject)
                .param("person", person)
                .param("now", Rows.time(clock.instant()))
                .update();
    }
}
