package dev.sandkeep.server.organizations;

import dev.sandkeep.server.platform.database.Rows;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** The deletion of organizations, as their rows tell it. */
@Component
class DeletionStore {
    private static final String RESTORABLE = """
            select o.id, o.name, o.deleted_at, o.deleted_by, o.delete_after from organizations o
            where o.deleted_at is not null and o.purge_started_at is null
            """;
    /** Only owners; who is one no more, or never was, does not learn of it. */
    private static final String OWNED = """
             and exists (select 1 from members m where m.organization_id = o.id and m.person_id = :person
                         and m.role = 'owner' and m.removed_at is null)
            """;

    private final JdbcClient jdbc;
    private final Clock clock;

    DeletionStore(JdbcClient jdbc, Clock clock) {
        this.jdbc = jdbc;
        this.clock = clock;
    }

    void delete(String id, String by, Instant restorableUntil) {
        jdbc.sql("""
                        update organizations set deleted_at = :now, deleted_by = :by, delete_after = :until
                        where id = :id and deleted_at is null
                        """)
                .param("now", Rows.time(clock.instant()))
                .param("by", by)
                .param("until", Rows.time(restorableUntil))
                .param("id", id)
                .update();
    }

    /** Those that can be brought back, the one that was deleted last first; of one owner, if one is given. */
    List<DeletedOrganization> restorable(Optional<String> owner) {
        return jdbc.sql(RESTORABLE + (owner.isPresent() ? OWNED : "") + " order by o.deleted_at desc, o.id")
                .param("person", owner.orElse(null))
                .query(DeletionStore::deleted)
                .list();
    }

    /** A deleted one, locked, whether or not it can still be brought back; of one owner, if one is given. */
    Optional<DeletedOrganization> lock(String id, Optional<String> owner) {
        return jdbc.sql("""
                        select o.id, o.name, o.deleted_at, o.deleted_by, o.delete_after from organizations o
                        where o.id = :id and o.deleted_at is not null %s for no key update
                        """.formatted(owner.isPresent() ? OWNED : ""))
                .param("id", id)
                .param("person", owner.orElse(null))
                .query(DeletionStore::deleted)
                .optional();
    }

    /** Undoes the deletion; false when what it kept is being removed. */
    boolean restore(String id) {
        return jdbc.sql("""
                        update organizations set deleted_at = null, deleted_by = null, delete_after = null
                        where id = :id and deleted_at is not null and purge_started_at is null
                        """).param("id", id).update() == 1;
    }

    /** Every deleted one that something may be left of. */
    List<String> going() {
        return jdbc.sql(
                        "select id from organizations where deleted_at is not null and purged_at is null order by deleted_at")
                .query((row, number) -> row.getString("id"))
                .list();
    }

    /** From now on nothing brings back those whose grace period is over; answers all for which that is so. */
    List<String> beginPurge() {
        return jdbc.sql("""
                        update organizations set purge_started_at = coalesce(purge_started_at, :now)
                        where deleted_at is not null and purged_at is null
                          and (purge_started_at is not null or delete_after <= :now)
                        returning id
                        """)
                .param("now", Rows.time(clock.instant()))
                .query((row, number) -> row.getString("id"))
                .list();
    }

    /** Nothing is left of it but a row: nobody is in it any more, and nothing lets anybody in. False when that was so before. */
    boolean purged(String id) {
        int changed = jdbc.sql("""
                        update organizations set purged_at = :now
                        where id = :id and purge_started_at is not null and purged_at is null
                        """)
                .param("now", Rows.time(clock.instant()))
                .param("id", id)
                .update();
        for (String sql : List.of(
                "update api_keys set revoked_at = :now where organization_id = :id and revoked_at is null",
                "update invitations set revoked_at = :now where organization_id = :id and accepted_at is null and revoked_at is null",
                "update service_accounts set removed_at = :now where organization_id = :id and removed_at is null",
                "update members set removed_at = :now where organization_id = :id and removed_at is null")) {
            jdbc.sql(sql)
                    .param("now", Rows.time(clock.instant()))
                    .param("id", id)
                    .update();
        }
        jdbc.sql("delete from organization_quotas where organization_id = :id")
                .param("id", id)
                .update();
        return changed == 1;
    }

    private static DeletedOrganization deleted(ResultSet row, int number) throws SQLException {
        return new DeletedOrganization(
                row.getString("id"),
                row.getString("name"),
                Rows.instant(row, "deleted_at"),
                row.getString("deleted_by"),
                Rows.instant(row, "delete_after"));
    }
}
