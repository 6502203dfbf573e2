package dev.sandkeep.server.accounts;

import dev.sandkeep.server.organizations.Person;
import dev.sandkeep.server.platform.Ids;
import dev.sandkeep.server.platform.Sha256;
import dev.sandkeep.server.platform.database.Rows;
import dev.sandkeep.server.platform.security.Role;
import dev.sandkeep.server.platform.security.Secrets;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** The rows of web sessions. */
@Component
class WebSessionStore {
    private final JdbcClient jdbc;
    private final Ids ids;
    private final Clock clock;

    WebSessionStore(JdbcClient jdbc, Ids ids, Clock clock) {
        this.jdbc = jdbc;
        this.ids = ids;
        this.clock = clock;
    }

    /** As which member a person works. */
    record Seat(String organization, String member, Role role, boolean operatesServer) {}

    /**
     * A session that a cookie names.
     *
     * @param seat empty when the person is no member of the organization any more
     * @param knownRole the role when the cookie was made
     * @param present whether the cookie is the present one, or the one before
     * @param previousUntil until when the one before is taken; empty while the present one was not seen
     * @param hasPrevious whether there is one before
     */
    record Row(
            String id,
            Person person,
            Optional<Seat> seat,
            Optional<Role> knownRole,
            String csrfToken,
            boolean present,
            boolean hasPrevious,
            Optional<Instant> previousUntil,
            Instant rotatedAt,
            Instant lastUsedAt) {}

    String insert(String person, Optional<Seat> seat, String token, Method method, Visitor from, Duration lifetime) {
        String id = ids.next(Ids.Kind.WEB_SESSION);
        Instant now = clock.instant();
        jdbc.sql("""
                        insert into web_sessions (id, person_id, organization_id, role, token_sha256, rotated_at,
                                                  csrf_token, method, address, agent, created_at, last_used_at,
                                                  expires_at)
                        values (:id, :person, :organization, :role, :hash, :now,
                                :csrf, :method, :address, :agent, :now, :now, :expires)
                        """)
                .param("id", id)
                .param("person", person)
                .param("organization", seat.map(Seat::organization).orElse(null))
                .param("role", seat.map(Seat::role).map(Role::text).orElse(null))
                .param("hash", Sha256.of(token))
                .param("now", Rows.time(now))
                .param("csrf", Secrets.create(""))
                .param("method", method.text())
                .param("address", from.address())
                .param("agent", from.agent())
                .param("expires", Rows.time(now.plus(lifetime)))
                .update();
        return id;
    }

    /** The session of a cookie, unless it has ended. */
    Optional<Row> find(String token, Duration idle) {
        Instant now = clock.instant();
        return jdbc.sql("""
                        select s.id, s.person_id, p.name, p.email, p.email_verified_at is not null as verified,
                               s.role as known_role, s.csrf_token, s.token_sha256 = :hash as present,
                               s.previous_sha256 is not null as has_previous, s.previous_until, s.rotated_at,
                               s.last_used_at, m.id as member, m.role, o.id as organization, o.operates_server
                        from web_sessions s
                            join people p on p.id = s.person_id
                            left join organizations o on o.id = s.organization_id and o.deleted_at is null
                            left join members m on m.organization_id = o.id and m.person_id = s.person_id
                                and m.removed_at is null
                        where (s.token_sha256 = :hash or s.previous_sha256 = :hash)
                          and s.ended_at is null and s.expires_at > :now and s.last_used_at > :idle
                        """)
                .param("hash", Sha256.of(token))
                .param("now", Rows.time(now))
                .param("idle", Rows.time(now.minus(idle)))
                .query(WebSessionStore::row)
                .optional();
    }

    /** As which member a person works in an organization; in the one it is in for the longest when none is named. */
    Optional<Seat> seat(String person, Optional<String> organization) {
        return jdbc.sql("""
                        select m.id as member, m.role, o.id as organization, o.operates_server
                        from members m join organizations o on o.id = m.organization_id and o.deleted_at is null
                        where m.person_id = :person and m.removed_at is null
                          and (cast(:organization as text) is null or o.id = :organization)
                        order by m.created_at, m.id limit 1
                        """)
                .param("person", person)
                .param("organization", organization.orElse(null))
                .query((row, number) -> seat(row))
                .optional();
    }

    /** The organization that the person last looked at. */
    Optional<String> lastOrganization(String person) {
        return jdbc.sql("""
                        select organization_id from web_sessions
                        where person_id = :person and organization_id is not null
                        order by last_used_at desc limit 1
                        """).param("person", person).query(String.class).optional();
    }

    void take(String id, Optional<Seat> seat) {
        jdbc.sql("update web_sessions set organization_id = :organization where id = :id")
                .param("organization", seat.map(Seat::organization).orElse(null))
                .param("id", id)
                .update();
    }

    /** Notes that the present cookie has arrived: the one before ends soon. */
    void confirm(String id, Instant previousUntil) {
        jdbc.sql("update web_sessions set previous_until = :until where id = :id and previous_until is null")
                .param("until", Rows.time(previousUntil))
                .param("id", id)
                .update();
    }

    /** Makes another cookie the present one. Of two who try at once, one does. */
    boolean rotate(Row seen, String shown, String next) {
        String before = seen.present() ? "token_sha256" : "previous_sha256";
        return jdbc.sql("""
                        update web_sessions
                        set token_sha256 = :next, previous_sha256 = :shown, previous_until = null, rotated_at = :now,
                            role = :role
                        where id = :id and rotated_at = :seen and %s = :shown
                        """.formatted(before))
                        .param("next", Sha256.of(next))
                        .param("shown", Sha256.of(shown))
                        .param("now", Rows.time(clock.instant()))
                        .param(
                                "role",
                                seen.seat().map(Seat::role).map(Role::text).orElse(null))
                        .param("id", seen.id())
                        .param("seen", Rows.time(seen.rotatedAt()))
                        .update()
                > 0;
    }

    void used(String id, Visitor from) {
        jdbc.sql("update web_sessions set last_used_at = :now, address = :address, agent = :agent where id = :id")
                .param("now", Rows.time(clock.instant()))
                .param("address", from.address())
                .param("agent", from.agent())
                .param("id", id)
                .update();
    }

    /** Those that have not ended, the one that was used last first. */
    List<ListedSession> list(String person, Duration idle) {
        Instant now = clock.instant();
        return jdbc.sql("""
                        select id, method, address, agent, created_at, last_used_at, expires_at from web_sessions
                        where person_id = :person and ended_at is null and expires_at > :now and last_used_at > :idle
                        order by last_used_at desc, id
                        """)
                .param("person", person)
                .param("now", Rows.time(now))
                .param("idle", Rows.time(now.minus(idle)))
                .query((row, number) -> new ListedSession(
                        row.getString("id"),
                        row.getString("method"),
                        row.getString("address"),
                        row.getString("agent"),
                        Rows.instant(row, "created_at"),
                        Rows.instant(row, "last_used_at"),
                        Rows.instant(row, "expires_at")))
                .list();
    }

    /** Ends one of a person's. */
    boolean end(String person, String id) {
        return jdbc.sql("""
                        update web_sessions set ended_at = :now
                        where id = :id and person_id = :person and ended_at is null
                        """)
                        .param("now", Rows.time(clock.instant()))
                        .param("id", id)
                        .param("person", person)
                        .update()
                > 0;
    }

    /** Ends all of a person's but one. */
    int endAll(String person, Optional<String> except) {
        return jdbc.sql("""
                        update web_sessions set ended_at = :now
                        where person_id = :person and ended_at is null
                          and (cast(:except as text) is null or id <> :except)
                        """)
                .param("now", Rows.time(clock.instant()))
                .param("person", person)
                .param("except", except.orElse(null))
                .update();
    }

    private static Row row(ResultSet row, int number) throws SQLException {
        return new Row(
                row.getString("id"),
                new Person(
                        row.getString("person_id"),
                        row.getString("name"),
                        Rows.optionalText(row, "email"),
                        row.getBoolean("verified")),
                row.getString("member") == null ? Optional.empty() : Optional.of(seat(row)),
                Rows.optionalText(row, "known_role").map(Role::of),
                row.getString("csrf_token"),
                row.getBoolean("present"),
                row.getBoolean("has_previous"),
                Rows.optionalInstant(row, "previous_until"),
                Rows.instant(row, "rotated_at"),
                Rows.instant(row, "last_used_at"));
    }

    private static Seat seat(ResultSet row) throws SQLException {
        return new Seat(
                row.getString("organization"),
                row.getString("member"),
                Role.of(row.getString("role")),
                row.getBoolean("operates_server"));
    }
}
