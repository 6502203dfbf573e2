package dev.sandkeep.server.organizations;

import dev.sandkeep.server.platform.Ids;
import dev.sandkeep.server.platform.Sha256;
import dev.sandkeep.server.platform.database.Rows;
import dev.sandkeep.server.platform.security.Caller;
import dev.sandkeep.server.platform.security.Role;
import dev.sandkeep.server.platform.security.Secrets;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** The rows of invitations. Of the text that lets people in, {@code ski_} and 256 random bits, only the SHA-256 is stored. */
@Component
class InvitationStore {
    private static final String INVITATIONS = """
            select id, organization_id, role, email, created_by, created_at, expires_at from invitations
            where accepted_at is null and revoked_at is null
            """;
    private static final String OF_LIVE_ORGANIZATION = """
             and organization_id in (select id from organizations where deleted_at is null)
             and token_sha256 = :hash and expires_at > :now
            """;

    private final JdbcClient jdbc;
    private final Ids ids;
    private final Clock clock;

    InvitationStore(JdbcClient jdbc, Ids ids, Clock clock) {
        this.jdbc = jdbc;
        this.ids = ids;
        this.clock = clock;
    }

    /** An invitation, and what it is to. */
    record Found(Invitation invitation, String organization) {}

    static String newToken() {
        return Secrets.create("ski_");
    }

    String insert(Caller caller, String token, Role role, Optional<String> email, Duration lifetime) {
        String id = ids.next(Ids.Kind.INVITATION);
        jdbc.sql("""
                        insert into invitations (id, organization_id, role, email, token_sha256, created_by,
                                                 created_at, expires_at)
                        values (:id, :organization, :role, :email, :hash, :by, :now, :expires)
                        """)
                .param("id", id)
                .param("organization", caller.organizationId())
                .param("role", role.text())
                .param("email", email.orElse(null))
                .param("hash", Sha256.of(token))
                .param("by", caller.actor())
                .param("now", Rows.time(clock.instant()))
                .param("expires", Rows.time(clock.instant().plus(lifetime)))
                .update();
        return id;
    }

    /** Those that nobody accepted or revoked, newest first; also expired ones. */
    List<Invitation> list(String organization, Optional<String> before, int limit) {
        return jdbc
                .sql(INVITATIONS + """
                        and organization_id = :organization and (cast(:before as text) is null or id < :before)
                        order by id desc limit :limit
                        """)
                .param("organization", organization)
                .param("before", before.orElse(null))
                .param("limit", limit)
                .query(InvitationStore::found)
                .list()
                .stream()
                .map(Found::invitation)
                .toList();
    }

    Optional<Invitation> find(String organization, String id) {
        return jdbc.sql(INVITATIONS + " and organization_id = :organization and id = :id")
                .param("organization", organization)
                .param("id", id)
                .query(InvitationStore::found)
                .optional()
                .map(Found::invitation);
    }

    /** The valid one with this text, locked: of two who come at once, one waits and then finds nothing. */
    Optional<Found> take(String token) {
        return jdbc.sql(INVITATIONS + OF_LIVE_ORGANIZATION + " for update")
                .param("hash", Sha256.of(token))
                .param("now", Rows.time(clock.instant()))
                .query(InvitationStore::found)
                .optional();
    }

    /** The valid one with this text. */
    Optional<Found> look(String token) {
        return jdbc.sql(INVITATIONS + OF_LIVE_ORGANIZATION)
                .param("hash", Sha256.of(token))
                .param("now", Rows.time(clock.instant()))
                .query(InvitationStore::found)
                .optional();
    }

    void accepted(String id, String member) {
        jdbc.sql("update invitations set accepted_at = :now, accepted_by = :member where id = :id")
                .param("now", Rows.time(clock.instant()))
                .param("member", member)
                .param("id", id)
                .update();
    }

    void revoke(String id) {
        jdbc.sql("update invitations set revoked_at = :now where id = :id and accepted_at is null")
                .param("now", Rows.time(clock.instant()))
                .param("id", id)
                .update();
    }

    void revokeAllBy(String creator) {
        jdbc.sql("""
                        update invitations set revoked_at = :now
                        where created_by = :creator and accepted_at is null and revoked_at is null
                        """)
                .param("now", Rows.time(clock.instant()))
                .param("creator", creator)
                .update();
    }

    private static Found found(ResultSet row, int number) throws SQLException {
        return new Found(
                new Invitation(
                        row.getString("id"),
                        Role.of(row.getString("role")),
                        Rows.optionalText(row, "email"),
                        row.getString("created_by"),
                        Rows.instant(row, "created_at"),
                        Rows.instant(row, "expires_at")),
                row.getString("organization_id"));
    }
}
