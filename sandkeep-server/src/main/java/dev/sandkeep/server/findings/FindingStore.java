package dev.sandkeep.server.findings;

import dev.sandkeep.server.platform.Ids;
import dev.sandkeep.server.platform.database.Rows;
import dev.sandkeep.server.platform.web.PageRequest;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Clock;
import java.util.Collection;
import java.util.List;
import java.util.OptionalLong;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;

/** Rows of {@code findings}. */
@Repository
class FindingStore {
    private static final String AFTER_ALL = "zzzz";

    private final JdbcClient jdbc;
    private final Ids ids;
    private final Clock clock;

    FindingStore(JdbcClient jdbc, Ids ids, Clock clock) {
        this.jdbc = jdbc;
        this.ids = ids;
        this.clock = clock;
    }

    void seen(String dataDirectory, String look, Difference difference) {
        jdbc.sql("""
                        insert into findings (id, data_directory, kind, name, owner, reason, state, action, first_seen_at,
                            last_seen_at, look)
                        values (:id, :directory, :kind, :name, :owner, :reason, :state, :action, :now, :now, :look)
                        on conflict (data_directory, kind, name) where ended_at is null
                        do update set owner = excluded.owner, reason = excluded.reason, state = excluded.state,
                            action = excluded.action, last_seen_at = excluded.last_seen_at, look = excluded.look,
                            sightings = findings.sightings + 1
                        """)
                .param("id", ids.next(Ids.Kind.FINDING))
                .param("directory", dataDirectory)
                .param("kind", difference.kind())
                .param("name", difference.name())
                .param("owner", difference.owner())
                .param("reason", difference.reason())
                .param("state", (difference.person() ? FindingState.NEEDS_PERSON : FindingState.OPEN).text())
                .param("action", difference.action())
                .param("now", Rows.time(clock.instant()))
                .param("look", look)
                .update();
    }

    /** Ends what a look did not see any more, of the kinds that it could ask for. What was seen once was under way. */
    void vanished(String dataDirectory, String look, Collection<String> asked) {
        jdbc.sql("""
                        delete from findings
                        where data_directory = :directory and ended_at is null and kind = any (:asked) and look <> :look
                          and sightings = 1
                        """)
                .param("directory", dataDirectory)
                .param("asked", asked.toArray(String[]::new))
                .param("look", look)
                .update();
        jdbc.sql("""
                        update findings set ended_at = :now,
                            state = case when kind = 'ROW' then 'repaired' else 'gone' end,
                            action = case when kind = 'ROW' then 'row and reality agree again' else 'it went away' end
                        where data_directory = :directory and ended_at is null and kind = any (:asked) and look <> :look
                        """)
                .param("now", Rows.time(clock.instant()))
                .param("directory", dataDirectory)
                .param("asked", asked.toArray(String[]::new))
                .param("look", look)
                .update();
    }

    /** Ends the open one, if there is one, and all that stand open of an owner of that name. */
    int end(String dataDirectory, String kind, String name, FindingState state, String action, OptionalLong bytes) {
        int ended = jdbc.sql("""
                        update findings set state = :state, action = :action, bytes = :bytes::bigint, ended_at = :now,
                            last_seen_at = :now
                        where data_directory = :directory and ended_at is null and kind = :kind and name = :name
                        """)
                .param("state", state.text())
                .param("action", action)
                .param("bytes", bytes.isPresent() ? (Long) bytes.getAsLong() : null, Types.BIGINT)
                .param("now", Rows.time(clock.instant()))
                .param("directory", dataDirectory)
                .param("kind", kind)
                .param("name", name)
                .update();
        jdbc.sql("""
                        update findings set state = :state, action = :action, ended_at = :now, last_seen_at = :now
                        where data_directory = :directory and ended_at is null and owner = :name
                        """)
                .param("state", state.text())
                .param("action", action)
                .param("now", Rows.time(clock.instant()))
                .param("directory", dataDirectory)
                .param("name", name)
                .update();
        return ended;
    }

    void insertEnded(
            String dataDirectory, Difference difference, FindingState state, String action, OptionalLong bytes) {
        jdbc.sql("""
                        insert into findings (id, data_directory, kind, name, owner, reason, state, action, bytes, first_seen_at,
                            last_seen_at, look, ended_at)
                        values (:id, :directory, :kind, :name, :owner, :reason, :state, :action, :bytes::bigint, :now, :now, '',
                            :now)
                        """)
                .param("id", ids.next(Ids.Kind.FINDING))
                .param("directory", dataDirectory)
                .param("kind", difference.kind())
                .param("name", difference.name())
                .param("owner", difference.owner())
                .param("reason", difference.reason())
                .param("state", state.text())
                .param("action", action)
                .param("bytes", bytes.isPresent() ? (Long) bytes.getAsLong() : null, Types.BIGINT)
                .param("now", Rows.time(clock.instant()))
                .update();
    }

    List<Finding> open(String dataDirectory) {
        return jdbc.sql("select * from findings where data_directory = :directory and ended_at is null order by id")
                .param("directory", dataDirectory)
                .query(FindingStore::finding)
                .list();
    }

    /** Newest first; all of them when no states are given. */
    List<Finding> list(String dataDirectory, Collection<FindingState> states, PageRequest page) {
        return jdbc.sql("""
                        select * from findings
                        where data_directory = :directory and id < :before
                          and (cardinality(:states::text[]) = 0 or state = any (:states::text[]))
                        order by id desc limit :limit
                        """)
                .param("directory", dataDirectory)
                .param("before", page.after().orElse(AFTER_ALL))
                .param("states", states.stream().map(FindingState::text).toArray(String[]::new))
                .param("limit", page.fetch())
                .query(FindingStore::finding)
                .list();
    }

    private static Finding finding(ResultSet row, int number) throws SQLException {
        return new Finding(
                row.getString("id"),
                row.getString("kind"),
                row.getString("name"),
                row.getString("owner"),
                row.getString("reason"),
                FindingState.of(row.getString("state")),
                row.getString("action"),
                row.getObject("bytes") == null ? OptionalLong.empty() : OptionalLong.of(row.getLong("bytes")),
                Rows.instant(row, "first_seen_at"),
                Rows.instant(row, "last_seen_at"),
                Rows.optionalInstant(row, "ended_at"));
    }
}
