package dev.sandkeep.server.accounts;

import dev.sandkeep.server.platform.Sha256;
import dev.sandkeep.server.platform.database.Rows;
import dev.sandkeep.server.platform.security.Secrets;
import java.time.Clock;
import java.time.Duration;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** Browsers that people have signed in with before: wrong tries from elsewhere do not keep these out. */
@Component
class KnownBrowsers {
    static final Duration REMEMBERED = Duration.ofDays(365);

    private final JdbcClient jdbc;
    private final Clock clock;

    KnownBrowsers(JdbcClient jdbc, Clock clock) {
        this.jdbc = jdbc;
        this.clock = clock;
    }

    /** Whether the person has signed in with it. Asks for nobody just as for somebody. */
    boolean knows(String browser, String person) {
        return !browser.isEmpty()
                && jdbc.sql("""
                        select count(*) from known_browsers
                        where token_sha256 = :hash and person_id = :person and expires_at > :now
                        """)
                                .param("hash", Sha256.of(browser))
                                .param("person", person)
                                .param("now", Rows.time(clock.instant()))
                                .query(Integer.class)
                                .single()
                        > 0;
    }

    /**
     * Remembers it.
     *
     * @return by what it is known from now on
     */
    String remember(String browser, String person) {
        String token = browser.matches("[A-Za-z0-9_-]{43}") ? browser : Secrets.create("");
        jdbc.sql("""
                        insert into known_browsers (token_sha256, person_id, expires_at)
                        values (:hash, :person, :expires)
                        on conflict (token_sha256, person_id) do update set expires_at = excluded.expires_at
                        """)
                .param("hash", Sha256.of(token))
                .param("person", person)
                .param("expires", Rows.time(clock.instant().plus(REMEMBERED)))
                .update();
        return token;
    }

    void forgetAllOf(String person) {
        jdbc.sql("delete from known_browsers where person_id = :person")
                .param("person", person)
                .update();
    }
}
