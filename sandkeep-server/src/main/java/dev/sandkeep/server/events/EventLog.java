package dev.sandkeep.server.events;

import dev.sandkeep.server.platform.Ids;
import dev.sandkeep.server.platform.Signals;
import dev.sandkeep.server.platform.database.Rows;
import dev.sandkeep.server.platform.security.Caller;
import dev.sandkeep.server.platform.security.Credential;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * The log of every change: it only grows. An event is written in the transaction of the change that it tells of, so that
 * neither exists without the other.
 */
@Component
public final class EventLog {
    private static final String COLUMNS =
            "e.id, e.at, e.actor, e.subject_type, e.subject_id, e.action, e.from_state, e.to_state, e.code, e.detail";

    private final JdbcClient jdbc;
    private final Ids ids;
    private final Clock clock;
    private final Signals signals;

    EventLog(JdbcClient jdbc, Ids ids, Clock clock, Signals signals) {
        this.jdbc = jdbc;
        this.ids = ids;
        this.clock = clock;
        this.signals = signals;
    }

    /** The {@link Signals} topic that changes with every event of an organization. */
    public static String topic(String organizationId) {
        return "events:" + organizationId;
    }

    /**
     * Writes an event in the present transaction; and, when the caller came through the API, an entry of the audit log.
     *
     * @throws IllegalStateException when there is no transaction
     */
    public void append(Caller caller, Change change) {
        if (!TransactionSynchronizationManager.isActualTransactionActive()) {
            throw new IllegalStateException("an event belongs into the transaction of its change: " + change);
        }
        TreeSet<String> subjects = new TreeSet<>(change.alsoAbout());
        subjects.add(change.subjectId());
        jdbc.sql("""
                        with event as (
                            insert into events (id, organization_id, at, actor, subject_type, subject_id, action,
                                                from_state, to_state, code, detail)
                            values (:id, :organization, :at, :actor, :subjectType, :subjectId, :action,
                                    :from, :to, :code, :detail)
                            returning seq, id),
                        audit as (
                            insert into audit_log (id, organization_id, at, actor, key_id, address, action,
                                                   subject_type, subject_id, before_value, after_value, detail)
                            select :auditId, :organization, :at, :actor, :key, :address, :action,
                                   :subjectType, :subjectId, :from, :to, :detail
                            where cast(:key as text) is not null)
                        insert into event_subjects (subject_id, seq, event_id)
                        select subject, event.seq, event.id from event, unnest(:subjects) as subject
                        """)
                .param("id", ids.next(Ids.Kind.EVENT))
                .param("auditId", ids.next(Ids.Kind.AUDIT_ENTRY))
                .param("key", caller.credential().map(Credential::id).orElse(null))
                .param("address", caller.address())
                .param("organization", caller.organizationId())
                .param("at", Rows.time(clock.instant()))
                .param("actor", caller.actor())
                .param("subjectType", change.subjectType())
                .param("subjectId", change.subjectId())
                .param("action", change.action())
                .param("from", change.from().orElse(null))
                .param("to", change.to().orElse(null))
                .param("code", change.code().orElse(null))
                .param("detail", change.detail())
                .param("subjects", subjects.toArray(String[]::new))
                .update();
        signals.raise(topic(caller.organizationId()));
    }

    /**
     * Events of an organization, oldest first.
     *
     * @param after id of the last event that is known already; empty begins with the first
     * @param limit most events
     */
    public List<Event> read(String organizationId, Optional<String> after, int limit) {
        return jdbc.sql("""
                        select %s from events e
                        where e.organization_id = :organization
                          and e.transaction < pg_snapshot_xmin(pg_current_snapshot())
                          and (e.transaction, e.seq) > (
                              select coalesce(max(p.transaction), '0'), coalesce(max(p.seq), 0) from events p
                              where p.id = :after and p.organization_id = :organization)
                        order by e.transaction, e.seq
                        limit :limit
                        """.formatted(COLUMNS))
                .param("organization", organizationId)
                .param("after", after.orElse(""))
                .param("limit", limit)
                .query(EventLog::event)
                .list();
    }

    /** Events about a thing of an organization, oldest first; otherwise as {@link #read}. */
    public List<Event> readAbout(String organizationId, String subjectId, Optional<String> after, int limit) {
        return jdbc.sql("""
                        select %s from event_subjects s join events e on e.id = s.event_id
                        where s.subject_id = :subject
                          and e.organization_id = :organization
                          and s.transaction < pg_snapshot_xmin(pg_current_snapshot())
                          and (s.transaction, s.seq) > (
                              select coalesce(max(p.transaction), '0'), coalesce(max(p.seq), 0) from events p
                              where p.id = :after and p.organization_id = :organization)
                        order by s.transaction, s.seq
                        limit :limit
                        """.formatted(COLUMNS))
                .param("subject", subjectId)
                .param("organization", organizationId)
                .param("after", after.orElse(""))
                .param("limit", limit)
                .query(EventLog::event)
                .list();
    }

    /** The newest events of an organization, newest first. */
    public List<Event> newest(String organizationId, int limit) {
        return jdbc.sql("""
                        select %s from events e
                        where e.organization_id = :organization
                          and e.transaction < pg_snapshot_xmin(pg_current_snapshot())
                        order by e.transaction desc, e.seq desc
                        limit :limit
                        """.formatted(COLUMNS))
                .param("organization", organizationId)
                .param("limit", limit)
                .query(EventLog::event)
                .list();
    }

    /** The newest events about a thing of an organization, newest first. */
    public List<Event> newestAbout(String organizationId, String subjectId, int limit) {
        return jdbc.sql("""
                        select %s from event_subjects s join events e on e.id = s.event_id
                        where s.subject_id = :subject
                          and e.organization_id = :organization
                          and s.transaction < pg_snapshot_xmin(pg_current_snapshot())
                        order by s.transaction desc, s.seq desc
                        limit :limit
                        """.formatted(COLUMNS))
                .param("subject", subjectId)
                .param("organization", organizationId)
                .param("limit", limit)
                .query(EventLog::event)
                .list();
    }

    /**
     * A database that was restored elsewhere counts transactions anew, and events of the future would never be seen. Puts all
     * of them before the present.
     *
     * @return how many events were moved; 0 in every other case
     */
    public int reorderAfterRestore() {
        // The newest event by id is enough to know: this is asked before new ones are written.
        boolean restored = jdbc.sql("""
                        select coalesce((select transaction >= pg_snapshot_xmax(pg_current_snapshot())
                                         from events order by id desc limit 1), false)
                        """).query(Boolean.class).single();
        if (!restored) {
            return 0;
        }
        jdbc.sql("update event_subjects set transaction = '0'").update();
        return jdbc.sql("update events set transaction = '0'").update();
    }

    private static Event event(java.sql.ResultSet row, int number) throws java.sql.SQLException {
        return new Event(
                row.getString("id"),
                Rows.instant(row, "at"),
                row.getString("actor"),
                row.getString("subject_type"),
                row.getString("subject_id"),
                row.getString("action"),
                row.getString("from_state"),
                row.getString("to_state"),
                row.getString("code"),
                row.getString("detail"));
    }
}
