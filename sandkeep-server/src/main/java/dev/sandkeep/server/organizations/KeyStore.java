package dev.sandkeep.server.organizations;

import dev.sandkeep.server.platform.database.Rows;
import dev.sandkeep.server.platform.security.Role;
import dev.sandkeep.server.platform.security.Scope;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** The rows of API keys, as people look at them. Who is let in by one: {@code ApiKeys}. */
@Component
class KeyStore {
    private static final String KEYS = """
            select k.id, k.name, k.beginning, coalesce(k.member_id, k.service_account_id) as owner,
                   coalesce(m.name, s.name) as owner_name, coalesce(m.role, s.role) as owner_role,
                   k.scopes, k.created_by, k.created_at, k.expires_at, k.last_used_at
            from api_keys k
                left join members m on m.id = k.member_id
                left join service_accounts s on s.id = k.service_account_id
            where k.organization_id = :organization and k.revoked_at is null
            """;

    private final JdbcClient jdbc;
    private final Clock clock;

    KeyStore(JdbcClient jdbc, Clock clock) {
        this.jdbc = jdbc;
        this.clock = clock;
    }

    /** A key, and what its owner is. */
    record Owned(ApiKey key, Role ownerRole) {}

    /** Keys that were not revoked, newest first; those of {@code owner} only, when one is given. */
    List<ApiKey> list(String organization, Optional<String> owner, Optional<String> before, int limit) {
        return jdbc
                .sql(KEYS + """
                          and (cast(:owner as text) is null or coalesce(k.member_id, k.service_account_id) = :owner)
                          and (cast(:before as text) is null or k.id < :before)
                        order by k.id desc limit :limit
                        """)
                .param("organization", organization)
                .param("owner", owner.orElse(null))
                .param("before", before.orElse(null))
                .param("limit", limit)
                .query(KeyStore::owned)
                .list()
                .stream()
                .map(Owned::key)
                .toList();
    }

    Optional<Owned> find(String organization, String id) {
        return jdbc.sql(KEYS + " and k.id = :id")
                .param("organization", organization)
                .param("id", id)
                .query(KeyStore::owned)
                .optional();
    }

    void revoke(String id) {
        jdbc.sql("update api_keys set revoked_at = :now where id = :id and revoked_at is null")
                .param("now", Rows.time(clock.instant()))
                .param("id", id)
                .update();
    }

    void revokeAllOf(String owner) {
        jdbc.sql("""
                        update api_keys set revoked_at = :now
                        where revoked_at is null and (member_id = :owner or service_account_id = :owner)
                        """)
                .param("now", Rows.time(clock.instant()))
                .param("owner", owner)
                .update();
    }

    private static Owned owned(ResultSet row, int number) throws SQLException {
        return new Owned(
                new ApiKey(
                        row.getString("id"),
                        row.getString("name"),
                        row.getString("beginning"),
                        row.getString("owner"),
                        row.getString("owner_name"),
                        Scope.allOf(Rows.texts(row, "scopes")),
                        row.getString("created_by"),
                        Rows.instant(row, "created_at"),
                        Rows.optionalInstant(row, "expires_at"),
                        Rows.optionalInstant(row, "last_used_at")),
                Role.of(row.getString("owner_role")));
    }
}
