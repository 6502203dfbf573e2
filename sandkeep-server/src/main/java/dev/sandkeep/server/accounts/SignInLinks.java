package dev.sandkeep.server.accounts;

import dev.sandkeep.server.platform.Ids;
import dev.sandkeep.server.platform.Sha256;
import dev.sandkeep.server.platform.database.Rows;
import dev.sandkeep.server.platform.errors.ProblemCode;
import dev.sandkeep.server.platform.errors.SandkeepException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** The rows of links by which people choose a password. */
@Component
class SignInLinks {
    private static final String VALID = """
            select id, purpose, person_id, mailed, removes_second_factor, expires_at from sign_in_links
            where token_sha256 = :hash and used_at is null and revoked_at is null and expires_at > :now
            """;

    private final JdbcClient jdbc;
    private final Ids ids;
    private final Clock clock;

    SignInLinks(JdbcClient jdbc, Ids ids, Clock clock) {
        this.jdbc = jdbc;
        this.ids = ids;
        this.clock = clock;
    }

    /** What a link is for. */
    enum Purpose {
        SET_UP,
        RESET;

        String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** A link that can be used. */
    record Link(
            String id,
            Purpose purpose,
            String person,
            boolean mailed,
            boolean removesSecondFactor,
            Instant expiresAt) {}

    /**
     * Makes one. One that somebody in charge made takes the place of every earlier one; one that anybody may ask for by mail leaves
     * them be, so that nobody takes another's link away by asking.
     */
    Link make(
            String token,
            Purpose purpose,
            String person,
            boolean mailed,
            boolean removesSecondFactor,
            String by,
            Duration lifetime) {
        if (!mailed) {
            revokeAllOf(person);
        }
        Instant now = clock.instant();
        jdbc.sql("""
                        insert into sign_in_links (id, purpose, person_id, token_sha256, mailed, removes_second_factor,
                                                   created_by, created_at, expires_at)
                        values (:id, :purpose, :person, :hash, :mailed, :removes, :by, :now, :expires)
                        """)
                .param("id", ids.next(Ids.Kind.SIGN_IN_LINK))
                .param("purpose", purpose.text())
                .param("person", person)
                .param("hash", Sha256.of(token))
                .param("mailed", mailed)
                .param("removes", removesSecondFactor)
                .param("by", by)
                .param("now", Rows.time(now))
                .param("expires", Rows.time(now.plus(lifetime)))
                .update();
        return find(token, purpose).orElseThrow();
    }

    /** The valid one with this text. */
    Optional<Link> find(String token, Purpose purpose) {
        return query(VALID, token, purpose);
    }

    /**
     * Uses it up, in the present transaction: of two who come at once, one waits and then finds nothing.
     *
     * @throws SandkeepException {@code sign_in_link_invalid}
     */
    Link use(String token, Purpose purpose) {
        // One after the other for each person: what one of them uses up, it takes from the others.
        query(VALID, token, purpose)
                .ifPresent(seen -> jdbc.sql("select id from people where id = :person for update")
                        .param("person", seen.person())
                        .query(String.class)
                        .single());
        Link link = query(VALID, token, purpose)
                .orElseThrow(() ->
                        new SandkeepException(ProblemCode.SIGN_IN_LINK_INVALID, "The link is not valid, or was used."));
        jdbc.sql("update sign_in_links set used_at = :now where id = :id")
                .param("now", Rows.time(clock.instant()))
                .param("id", link.id())
                .update();
        revokeAllOf(link.person());
        return link;
    }

    private Optional<Link> query(String sql, String token, Purpose purpose) {
        return jdbc.sql(sql)
                .param("hash", Sha256.of(token))
                .param("now", Rows.time(clock.instant()))
                .query(SignInLinks::link)
                .optional()
                .filter(link -> link.purpose() == purpose);
    }

    /** How many were mailed to a person lately. */
    int mailedSince(String person, Instant since) {
        return jdbc.sql("""
                        select count(*) from sign_in_links
                        where person_id = :person and mailed and created_at > :since
                        """)
                .param("person", person)
                .param("since", Rows.time(since))
                .query(Integer.class)
                .single();
    }

    private void revokeAllOf(String person) {
        jdbc.sql("""
                        update sign_in_links set revoked_at = :now
                        where person_id = :person and used_at is null and revoked_at is null
                        """)
                .param("now", Rows.time(clock.instant()))
                .param("person", person)
                .update();
    }

    private static Link link(ResultSet row, int number) throws SQLException {
        return new Link(
                row.getString("id"),
                Purpose.valueOf(row.getString("purpose").toUpperCase(Locale.ROOT)),
                row.getString("person_id"),
                row.getBoolean("mailed"),
                row.getBoolean("removes_second_factor"),
                Rows.instant(row, "expires_at"));
    }
}
