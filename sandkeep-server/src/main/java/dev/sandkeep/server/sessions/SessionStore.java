package dev.sandkeep.server.sessions;

import dev.sandkeep.server.platform.Ids;
import dev.sandkeep.server.platform.database.Rows;
import dev.sandkeep.server.platform.web.PageRequest;
import dev.sandkeep.spi.CheckpointId;
import dev.sandkeep.spi.DurablePoint;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;

/** Rows of {@code sessions}, and sessions with all that is shown of them. */
@Repository
class SessionStore {
    /** Sandbox columns keep their names; the others get a prefix. */
    private static final String DETAILS = """
            select b.*, s.id as ses_id, s.name as ses_name, s.working_directory, s.created_by as ses_created_by, s.created_at as ses_created_at,
                s.deleted_at as ses_deleted_at, p.name as profile_name,
                v.durable_checkpoint, v.durable_sequence, v.durable_at, v.delete_after
            from sessions s
            join sandboxes b on b.session_id = s.id
            join profiles p on p.id = s.profile_id
            left join volumes v on v.sandbox_id = b.id
            """;

    /** After every session id in every collation. */
    private static final String AFTER_ALL = "zzzz";

    private final JdbcClient jdbc;
    private final Clock clock;

    SessionStore(JdbcClient jdbc, Clock clock) {
        this.jdbc = jdbc;
        this.clock = clock;
    }

    void insert(Session session) {
        jdbc.sql("""
                        insert into sessions (id, organization_id, name, profile_id, version, working_directory, created_by,
                            created_at)
                        values (:id, :organization, :name, :profile, :version, :directory, :by, :at)
                        """)
                .param("id", session.id())
                .param("organization", session.organization())
                .param("name", session.name())
                .param("profile", session.profileId())
                .param("version", session.version())
                .param("directory", session.workingDirectory())
                .param("by", session.createdBy())
                .param("at", Rows.time(session.createdAt()))
                .update();
    }

    void deleted(String id) {
        jdbc.sql("update sessions set deleted_at = :now where id = :id and deleted_at is null")
                .param("now", Rows.time(clock.instant()))
                .param("id", id)
                .update();
    }

    /** It is not deleted any more. */
    void undeleted(String id, String name) {
        jdbc.sql("update sessions set deleted_at = null, name = :name where id = :id")
                .param("name", name)
                .param("id", id)
                .update();
    }

    /** How many sessions of a profile exist that are not deleted. */
    int countOf(String profileId) {
        return jdbc.sql("select count(*) from sessions where profile_id = :profile and deleted_at is null")
                .param("profile", profileId)
                .query(Integer.class)
                .single();
    }

    /**
     * One session of an organization.
     *
     * @param reference its id, its sandbox's id, or its name while it is not deleted
     */
    Optional<SessionDetails> find(String organization, String reference) {
        String which;
        if (Ids.Kind.SESSION.matches(reference)) {
            which = "s.id = :reference";
        } else if (Ids.Kind.SANDBOX.matches(reference)) {
            which = "b.id = :reference";
        } else {
            which = "s.name = :reference and s.deleted_at is null";
        }
        return jdbc.sql(DETAILS + " where s.organization_id = :organization and " + which)
                .param("organization", organization)
                .param("reference", reference)
                .query(SessionStore::details)
                .optional();
    }

    /** The session of this id, or the newest deleted one of this name. */
    Optional<SessionDetails> findDeleted(String organization, String name) {
        return jdbc.sql(DETAILS + """
                         where s.organization_id = :organization and s.name = :name and s.deleted_at is not null
                        order by s.deleted_at desc, s.id desc limit 1
                        """)
                .param("organization", organization)
                .param("name", name)
                .query(SessionStore::details)
                .optional();
    }

    /** Sessions of an organization, newest first; deleted ones only when that state is asked for. */
    List<SessionDetails> list(
            String organization, Optional<SandboxState> state, Optional<String> profileId, PageRequest page) {
        String sql = DETAILS
                + (state.isPresent()
                        ? " where b.organization_id = :organization and b.state = :state and b.session_id < :before"
                        : " where s.organization_id = :organization and s.deleted_at is null and s.id < :before")
                + (profileId.isPresent() ? " and s.profile_id = :profile" : "")
                + (state.isPresent() ? " order by b.session_id desc" : " order by s.id desc")
                + " limit :limit";
        JdbcClient.StatementSpec query = jdbc.sql(sql)
                .param("organization", organization)
                .param("before", page.after().orElse(AFTER_ALL))
                .param("limit", page.fetch());
        if (state.isPresent()) {
            query = query.param("state", state.get().text());
        }
        if (profileId.isPresent()) {
            query = query.param("profile", profileId.get());
        }
        return query.query(SessionStore::details).list();
    }

    /** How many sandboxes are in each state; states without any are missing. */
    Map<SandboxState, Integer> counts(String organization) {
        Map<SandboxState, Integer> counts = new EnumMap<>(SandboxState.class);
        jdbc.sql("""
                        select state, count(*) as n from sandboxes
                        where organization_id = :organization and state <> 'deleted' group by state
                        """)
                .param("organization", organization)
                .query((row, number) -> counts.put(SandboxState.of(row.getString("state")), row.getInt("n")))
                .list();
        return counts;
    }

    private static SessionDetails details(ResultSet row, int number) throws SQLException {
        Session session = new Session(
                row.getString("ses_id"),
                row.getString("organization_id"),
                row.getString("ses_name"),
                row.getString("profile_id"),
                row.getInt("version"),
                row.getString("working_directory"),
                row.getString("ses_created_by"),
                Rows.instant(row, "ses_created_at"),
                Rows.optionalInstant(row, "ses_deleted_at"));
        return new SessionDetails(
                session,
                row.getString("profile_name"),
                SandboxStore.read(row, number),
                durable(row.getString("durable_checkpoint"), row),
                Rows.optionalInstant(row, "delete_after"));
    }

    private static Optional<DurablePoint> durable(@Nullable String checkpoint, ResultSet row) throws SQLException {
        return checkpoint == null
                ? Optional.empty()
                : Optional.of(new DurablePoint(
                        new CheckpointId(checkpoint),
                        row.getLong("durable_sequence"),
                        Rows.instant(row, "durable_at")));
    }
}
