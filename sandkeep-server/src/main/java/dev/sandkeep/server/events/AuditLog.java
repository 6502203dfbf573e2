package dev.sandkeep.server.events;

import dev.sandkeep.server.platform.database.Rows;
import dev.sandkeep.server.platform.security.Caller;
import dev.sandkeep.server.platform.web.Page;
import dev.sandkeep.server.platform.web.PageRequest;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * Reads the audit log: what people and programs did through the API. {@link EventLog#append} writes it in the transaction of the
 * change; the database refuses to change it, and to remove what is younger than 30 days.
 */
@Component
public final class AuditLog {
    private static final int BATCH = 500;
    /** After every id in every collation. */
    private static final String AFTER_ALL = "zzzz";

    private static final String ENTRIES = """
            select id, at, actor, key_id, address, action, subject_type, subject_id, before_value, after_value, detail
            from audit_log where organization_id = :organization
            """;

    private final JdbcClient jdbc;

    AuditLog(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /** Entries of the caller's organization, newest first. */
    public Page<AuditEntry> list(Caller caller, AuditFilter filter, PageRequest page) {
        List<AuditEntry> entries = filter.bind(
                        jdbc.sql(ENTRIES + filter.conditions() + " and id < :before order by id desc limit :limit"))
                .param("organization", caller.organizationId())
                .param("before", page.after().orElse(AFTER_ALL))
                .param("limit", page.fetch())
                .query(AuditLog::entry)
                .list();
        return Page.of(entries, page, AuditEntry::id);
    }

    /** Hands over entries of the caller's organization, oldest first, without holding more than some of them. */
    public void export(Caller caller, AuditFilter filter, Consumer<AuditEntry> reader) {
        Optional<String> after = Optional.of("");
        while (after.isPresent()) {
            List<AuditEntry> batch = filter.bind(
                            jdbc.sql(ENTRIES + filter.conditions() + " and id > :after order by id limit :limit"))
                    .param("organization", caller.organizationId())
                    .param("after", after.get())
                    .param("limit", BATCH)
                    .query(AuditLog::entry)
                    .list();
            batch.forEach(reader);
            after = batch.size() < BATCH
                    ? Optional.empty()
                    : Optional.of(batch.getLast().id());
        }
    }

    /** Removes entries of every organization that are older than {@code retention}, by the database's clock. */
    int forgetOlderThan(Duration retention) {
        return jdbc.sql("delete from audit_log where recorded_at < clock_timestamp() - make_interval(secs => :seconds)")
                .param("seconds", retention.toSeconds())
                .update();
    }

    private static AuditEntry entry(ResultSet row, int number) throws SQLException {
        return new AuditEntry(
                row.getString("id"),
                Rows.instant(row, "at"),
                row.getString("actor"),
                row.getString("key_id"),
                row.getString("address"),
                row.getString("action"),
                row.getString("subject_type"),
                row.getString("subject_id"),
                row.getString("before_value"),
                row.getString("after_value"),
                row.getString("detail"));
    }
}
