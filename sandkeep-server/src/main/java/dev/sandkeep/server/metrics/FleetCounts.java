package dev.sandkeep.server.metrics;

import dev.sandkeep.server.platform.database.Rows;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.RowMapper;
import org.springframework.stereotype.Component;

/**
 * Counts of rows, of all servers that share the database, all from one statement. Each part of it reads an index that holds little
 * more than what is counted.
 */
@Component
class FleetCounts {
    private static final Logger LOG = LoggerFactory.getLogger(FleetCounts.class);
    private static final int MOST_SECONDS = 5;

    private final JdbcTemplate jdbc;
    private final Kept<Map<Key, Double>> kept;
    private final Clock clock;

    FleetCounts(DataSource source, Clock clock) {
        this.jdbc = new JdbcTemplate(source);
        // Nobody who reads the metrics waits for longer than this for the database.
        this.jdbc.setQueryTimeout(MOST_SECONDS);
        this.clock = clock;
        this.kept = new Kept<>(this::read);
    }

    /** What a figure is about: at most two words. */
    private record Key(String what, String first, String second) {}

    private record Row(Key key, double value) {}

    /** A count; 0 when there is nothing to count, NaN when the database did not answer. */
    double of(String what, String first, String second) {
        Map<Key, Double> all = kept.get();
        return all.isEmpty() ? Double.NaN : all.getOrDefault(new Key(what, first, second), 0.0);
    }

    private Map<Key, Double> read() {
        Instant now = clock.instant();
        RowMapper<Row> row = FleetCounts::row;
        try {
            Map<Key, Double> counts = new HashMap<>();
            for (Row each : jdbc.query("""
                    select 'sandboxes' as what, state as first, mode as second, count(*)::float8 as value
                    from sandboxes where state <> 'deleted' group by state, mode
                    union all
                    select 'snapshot_jobs', state, '', count(*) from snapshot_jobs
                    where state in ('queued', 'running') group by state
                    union all
                    select 'tasks', 'due', '', count(*) from scheduled_tasks where not picked and execution_time <= ?
                    union all
                    select 'tasks', 'running', '', count(*) from scheduled_tasks where picked
                    union all
                    select 'task_lag', '', '', coalesce(extract(epoch from ? - min(execution_time)), 0)
                    from scheduled_tasks where not picked and execution_time <= ?
                    union all
                    select 'findings', state, '', count(*) from findings where ended_at is null group by state
                    union all
                    select 'durable_point_age', '', '',
                           coalesce(extract(epoch from ? - min(coalesce(durable_at, created_at))), 0)
                    from volumes where held_by is not null
                    union all
                    select 'snapshot_bytes', '', '', coalesce(sum(own_bytes), 0)
                    from snapshots where removed_at is null
                    """, row, Rows.time(now), Rows.time(now), Rows.time(now), Rows.time(now))) {
                counts.put(each.key(), each.value());
            }
            return counts;
        } catch (DataAccessException e) {
            LOG.warn("event=counts_unavailable cause=\"{}\"", e.getMessage());
            return Map.of();
        }
    }

    private static Row row(ResultSet row, int number) throws SQLException {
        return new Row(
                new Key(row.getString("what"), row.getString("first"), row.getString("second")),
                row.getDouble("value"));
    }
}
