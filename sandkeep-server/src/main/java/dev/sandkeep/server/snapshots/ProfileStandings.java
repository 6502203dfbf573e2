package dev.sandkeep.server.snapshots;

import dev.sandkeep.server.platform.database.Rows;
import dev.sandkeep.server.platform.security.Caller;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** How many profiles stand at once: one query whatever their number, for lists. */
@Component
public final class ProfileStandings {
    private static final String STANDINGS = """
            select p.id, p.name, p.latest_version, u.usable, u.latest_usable, j.id as job_id, j.state as job_state,
                   case when r.state = 'failed' then r.id end as failed_refresh
            from profiles p
                cross join lateral (
                    select max(version) as usable, coalesce(bool_or(version = p.latest_version), false) as latest_usable
                    from usable_snapshots where profile_id = p.id) u
                left join lateral (
                    select id, state from snapshot_jobs
                    where profile_id = p.id and version = p.latest_version order by id desc limit 1) j on true
                left join lateral (
                    select id, state from snapshot_jobs
                    where profile_id = p.id and trigger in ('manual_refresh', 'scheduled_refresh')
                      and state in ('succeeded', 'failed', 'skipped')
                    order by id desc limit 1) r on true
            where p.organization_id = :organization and p.deleted_at is null
            """;

    private final JdbcClient jdbc;

    ProfileStandings(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /** Of these profiles of the caller's organization, by name. */
    public List<ProfileStanding> of(Caller caller, Collection<String> profileIds) {
        return jdbc.sql(STANDINGS + " and p.id = any (:ids) order by p.name")
                .param("organization", caller.organizationId())
                .param("ids", profileIds.toArray(String[]::new))
                .query(ProfileStandings::standing)
                .list();
    }

    /** Profiles of the caller's organization whose newest refresh failed, or whose newest version has no snapshot and no job. */
    public List<ProfileStanding> failing(Caller caller, int limit) {
        return jdbc.sql("select * from (" + STANDINGS + """
                        ) s where s.failed_refresh is not null
                            or (s.job_state in ('failed', 'canceled') and not s.latest_usable)
                        order by s.name limit :limit
                        """)
                .param("organization", caller.organizationId())
                .param("limit", limit)
                .query(ProfileStandings::standing)
                .list();
    }

    private static ProfileStanding standing(ResultSet row, int number) throws SQLException {
        Optional<String> state = Rows.optionalText(row, "job_state");
        boolean active =
                state.filter(it -> it.equals("queued") || it.equals("running")).isPresent();
        String status;
        if (row.getBoolean("latest_usable")) {
            status = "ready";
        } else {
            status = state.map(it -> active ? it : "failed").orElse("none");
        }
        return new ProfileStanding(
                row.getString("id"),
                row.getString("name"),
                number(row, "latest_version"),
                number(row, "usable"),
                status,
                active ? Rows.optionalText(row, "job_id") : Optional.empty(),
                Rows.optionalText(row, "failed_refresh"));
    }

    private static OptionalInt number(ResultSet row, String column) throws SQLException {
        int value = row.getInt(column);
        return row.wasNull() ? OptionalInt.empty() : OptionalInt.of(value);
    }
}
