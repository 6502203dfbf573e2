package dev.sandkeep.server.schedules;

import dev.sandkeep.server.platform.database.Rows;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;

/** Rows of {@code refresh_schedules} and {@code schedule_ticks}. */
@Repository
class RefreshScheduleStore {
    /** How long ticks are remembered. */
    private static final Duration REMEMBERED = Duration.ofDays(30);

    private static final String SCHEDULES = """
            select s.*, p.latest_version from refresh_schedules s join profiles p on p.id = s.profile_id
            """;

    private final JdbcClient jdbc;
    private final Clock clock;

    RefreshScheduleStore(JdbcClient jdbc, Clock clock) {
        this.jdbc = jdbc;
        this.clock = clock;
    }

    Optional<RefreshSchedule> find(String profileId) {
        return jdbc.sql(SCHEDULES + " where s.profile_id = :profile")
                .param("profile", profileId)
                .query(RefreshScheduleStore::schedule)
                .optional();
    }

    /** As {@link #find}; keeps others from moving it until the end of the transaction. */
    Optional<RefreshSchedule> lock(String profileId) {
        return jdbc.sql(SCHEDULES + " where s.profile_id = :profile for update of s")
                .param("profile", profileId)
                .query(RefreshScheduleStore::schedule)
                .optional();
    }

    /** Sets it, whether there is one or not. Failures and hold stay: only a refresh that succeeds ends them. */
    void put(RefreshSchedule schedule, String dataDirectory) {
        jdbc.sql("""
                        insert into refresh_schedules (profile_id, organization_id, data_directory, enabled, cron, time_zone,
                            next_at, updated_at, updated_by, only_if_changed)
                        values (:profile, :organization, :directory, :enabled, :cron, :zone, :next, :now, :by, :onlyIfChanged)
                        on conflict (profile_id) do update set data_directory = excluded.data_directory,
                            enabled = excluded.enabled, cron = excluded.cron, time_zone = excluded.time_zone,
                            next_at = excluded.next_at, updated_at = excluded.updated_at, updated_by = excluded.updated_by,
                            only_if_changed = excluded.only_if_changed
                        """)
                .param("profile", schedule.profileId())
                .param("organization", schedule.organization())
                .param("directory", dataDirectory)
                .param("enabled", schedule.enabled())
                .param("cron", schedule.cron())
                .param("zone", schedule.zone().getId())
                .param("next", Rows.time(schedule.nextAt()))
                .param("now", Rows.time(schedule.updatedAt()))
                .param("by", schedule.updatedBy())
                .param("onlyIfChanged", schedule.onlyIfChanged())
                .update();
    }

    void delete(String profileId) {
        jdbc.sql("delete from refresh_schedules where profile_id = :profile")
                .param("profile", profileId)
                .update();
    }

    /** Profiles whose tick is due. */
    List<String> due(String dataDirectory) {
        return jdbc.sql("""
                        select profile_id from refresh_schedules
                        where data_directory = :directory and enabled and held_at is null and next_at <= :now
                          and organization_id in (select id from organizations where deleted_at is null)
                        order by next_at
                        """)
                .param("directory", dataDirectory)
                .param("now", Rows.time(clock.instant()))
                .query((row, number) -> row.getString("profile_id"))
                .list();
    }

    /** Moves on from the tick that was due; false when somebody else has done so. */
    boolean advance(RefreshSchedule from, Optional<Instant> next) {
        return jdbc.sql("""
                        update refresh_schedules set next_at = :next, enabled = :enabled
                        where profile_id = :profile and enabled and held_at is null and next_at = :due
                        """)
                        .param("next", Rows.time(next))
                        .param("enabled", next.isPresent())
                        .param("profile", from.profileId())
                        .param("due", Rows.time(from.nextAt()))
                        .update()
                == 1;
    }

    /** Records a tick, and forgets old ones. */
    void record(ScheduleTick tick) {
        jdbc.sql("""
                        insert into schedule_ticks (profile_id, at, version, outcome, job_id, first_missed_at, recorded_at)
                        values (:profile, :at, :version, :outcome, :job, :missed, :now)
                        """)
                .param("profile", tick.profileId())
                .param("at", Rows.time(tick.at()))
                .param("version", tick.version())
                .param("outcome", tick.outcome().text())
                .param("job", tick.jobId())
                .param("missed", Rows.time(tick.firstMissedAt()))
                .param("now", Rows.time(clock.instant()))
                .update();
        jdbc.sql("delete from schedule_ticks where profile_id = :profile and at < :old")
                .param("profile", tick.profileId())
                .param("old", Rows.time(tick.at().minus(REMEMBERED)))
                .update();
    }

    /** The newest ticks, newest first. */
    List<ScheduleTick> ticks(String profileId, int limit) {
        return jdbc.sql("select * from schedule_ticks where profile_id = :profile order by at desc limit :limit")
                .param("profile", profileId)
                .param("limit", limit)
                .query(RefreshScheduleStore::tick)
                .list();
    }

    /** One more scheduled refresh has failed; holds the schedule when that was one too many. */
    void failed(String profileId, String jobId) {
        jdbc.sql("""
                        update refresh_schedules set failures = failures + 1,
                            held_at = case when failures + 1 >= :most then :now end,
                            held_job = case when failures + 1 >= :most then :job end
                        where profile_id = :profile and held_at is null
                        """)
                .param("most", RefreshSchedule.MOST_FAILURES)
                .param("now", Rows.time(clock.instant()))
                .param("job", jobId)
                .param("profile", profileId)
                .update();
    }

    /** A refresh has succeeded: it is held no longer. */
    void released(String profileId, Optional<Instant> next) {
        jdbc.sql("""
                        update refresh_schedules set failures = 0, held_at = null, held_job = null,
                            next_at = case when enabled then :next::timestamptz end,
                            enabled = enabled and :next::timestamptz is not null
                        where profile_id = :profile
                        """).param("next", Rows.time(next)).param("profile", profileId).update();
    }

    private static RefreshSchedule schedule(ResultSet row, int number) throws SQLException {
        Optional<Instant> heldAt = Rows.optionalInstant(row, "held_at");
        Optional<String> heldJob = Rows.optionalText(row, "held_job");
        return new RefreshSchedule(
                row.getString("profile_id"),
                row.getString("organization_id"),
                row.getInt("latest_version"),
                row.getBoolean("enabled"),
                row.getString("cron"),
                ZoneId.of(row.getString("time_zone")),
                row.getBoolean("only_if_changed"),
                Rows.optionalInstant(row, "next_at"),
                row.getInt("failures"),
                heldAt.flatMap(since -> heldJob.map(job -> new RefreshSchedule.Hold(since, job))),
                Rows.instant(row, "updated_at"),
                row.getString("updated_by"));
    }

    private static ScheduleTick tick(ResultSet row, int number) throws SQLException {
        return new ScheduleTick(
                row.getString("profile_id"),
                Rows.instant(row, "at"),
                row.getInt("version"),
                ScheduleTick.Outcome.valueOf(row.getString("outcome").toUpperCase(Locale.ROOT)),
                row.getString("job_id"),
                Rows.optionalInstant(row, "first_missed_at"));
    }
}
