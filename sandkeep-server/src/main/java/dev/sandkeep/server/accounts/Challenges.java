package dev.sandkeep.server.accounts;

import dev.sandkeep.server.platform.Sha256;
import dev.sandkeep.server.platform.database.Rows;
import dev.sandkeep.server.platform.security.Secrets;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** Who has shown a password and still has to show a code. */
@Component
class Challenges {
    static final Duration LIFETIME = Duration.ofMinutes(10);

    private final JdbcClient jdbc;
    private final Clock clock;

    Challenges(JdbcClient jdbc, Clock clock) {
        this.jdbc = jdbc;
        this.clock = clock;
    }

    String create(String person) {
        String token = Secrets.create("");
        jdbc.sql("""
                        insert into sign_in_challenges (token_sha256, person_id, expires_at)
                        values (:hash, :person, :expires)
                        """)
                .param("hash", Sha256.of(token))
                .param("person", person)
                .param("expires", Rows.time(clock.instant().plus(LIFETIME)))
                .update();
        return token;
    }

    Optional<String> person(String token) {
        return jdbc.sql("""
                        select person_id from sign_in_challenges where token_sha256 = :hash and expires_at > :now
                        """)
                .param("hash", Sha256.of(token))
                .param("now", Rows.time(clock.instant()))
                .query(String.class)
                .optional();
    }

    void endAll(String person) {
        jdbc.sql("delete from sign_in_challenges where person_id = :person")
                .param("person", person)
                .update();
    }
}
