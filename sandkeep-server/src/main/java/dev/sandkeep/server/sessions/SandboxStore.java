package dev.sandkeep.server.sessions;

import dev.sandkeep.server.platform.database.Rows;
import dev.sandkeep.spi.CheckpointId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLException;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;

/**
 * Rows of {@code sandboxes}. Every change is one statement that names the row version it starts from; an empty answer means
 * that somebody else moved the row.
 *
 * <p>What a worker writes at the end of its work lets go of the lease, unless a wish is open: then the worker goes on.
 */
@Repository
class SandboxStore {
    /** Rows that somebody works on, or has to. Repeats the predicate of the index {@code sandboxes_active}. */
    private static final String ACTIVE = """
            (state in ('pending', 'starting', 'stopping')
             or (state <> 'deleted' and delete_requested_at is not null)
             or (state = 'running' and stop_requested_at is not null)
             or (state = 'stopped' and (replace_requested_at is not null or rollback_to is not null)))
            """;

    /** Lets go of the lease when nothing more is wished for; to be used where the row comes to rest. */
    private static final String LET_GO = """
            lease_owner = case when stop_requested_at is null and delete_requested_at is null then null else lease_owner end,
            lease_until = case when stop_requested_at is null and delete_requested_at is null then null else lease_until end,
            deadline = null, row_version = row_version + 1
            """;

    /** How long one worker tries to delete. When it could not, the next sweep begins again. */
    static final Duration DELETE_PATIENCE = Duration.ofMinutes(2);

    /** The trigger that refuses sandboxes on snapshots that may go. */
    private static final String ON_KEPT_SNAPSHOTS = "sandboxes_on_kept_snapshots";

    private final JdbcClient sql;
    private final Clock clock;

    SandboxStore(JdbcClient sql, Clock clock) {
        this.sql = sql;
        this.clock = clock;
    }

    /** @throws SnapshotReleased when its snapshot has been released since it was looked up */
    void insert(Sandbox sandbox) {
        try {
            write(sandbox);
        } catch (DataIntegrityViolationException refused) {
            if (refused.getMostSpecificCause() instanceof PSQLException cause
                    && cause.getServerErrorMessage() != null
                    && ON_KEPT_SNAPSHOTS.equals(cause.getServerErrorMessage().getConstraint())) {
                throw new SnapshotReleased(sandbox.snapshotId(), refused);
            }
            throw refused;
        }
    }

    private void write(Sandbox sandbox) {
        sql.sql("""
                insert into sandboxes (id, session_id, organization_id, data_directory, mode, profile_id, version, snapshot_id,
                    plan_digest, persisted_paths, fallback_code, fallback_message, state, generation,
                    last_activity_at, lease_owner, lease_until, deadline)
                values (:id, :session, :organization, :directory, :mode, :profile, :version, :snapshot,
                    :plan, :paths, :fallbackCode, :fallbackMessage, :state, :generation, :active, :owner, :until, :deadline)
                """)
                .param("id", sandbox.id())
                .param("session", sandbox.sessionId())
                .param("organization", sandbox.organization())
                .param("directory", sandbox.dataDirectory())
                .param("mode", sandbox.mode().text())
                .param("profile", sandbox.profileId())
                .param("version", sandbox.version())
                .param("snapshot", sandbox.snapshotId())
                .param("plan", sandbox.planDigest())
                .param("paths", sandbox.persistedPaths().toArray(String[]::new))
                .param(
                        "fallbackCode",
                        sandbox.fallback().map(PersistenceFallback::code).orElse(null))
                .param(
                        "fallbackMessage",
                        sandbox.fallback().map(PersistenceFallback::message).orElse(null))
                .param("state", sandbox.state().text())
                .param("generation", sandbox.generation())
                .param("active", Rows.time(sandbox.upkeep().lastActivityAt()))
                .param("owner", sandbox.leaseOwner().orElse(null))
                .param("until", Rows.time(sandbox.leaseUntil()))
                .param("deadline", Rows.time(sandbox.deadline()))
                .update();
    }

    Optional<Sandbox> find(String id) {
        return sql.sql("select * from sandboxes where id = :id")
                .param("id", id)
                .query(SandboxStore::read)
                .optional();
    }

    /** {@code pending → starting}. */
    Optional<Sandbox> admit(Sandbox row) {
        return changed(row, "update sandboxes set state = 'starting', row_version = row_version + 1 ");
    }

    /** {@code starting → running}. */
    Optional<Sandbox> started(Sandbox row, Instant startedAt, String lifecycle, Schedule schedule) {
        return moved(
                row,
                sql.sql("update sandboxes set state = 'running', started_at = :startedAt, lifecycle = :lifecycle::json,"
                                + " expires_at = :expiresAt, expiry_warned_at = null, checkpoint_due_at = :checkpointAt,"
                                + " quota_frozen_at = null,"
                                + " failure_code = null, failure_message = null, failure_next_step = null, " + LET_GO
                                + " where id = :id and row_version = :version returning *")
                        .param("startedAt", Rows.time(startedAt))
                        .param("lifecycle", lifecycle)
                        .param("expiresAt", Rows.time(schedule.expiresAt()))
                        .param("checkpointAt", Rows.time(schedule.checkpointAt())));
    }

    /** {@code running → stopping}, taking the lease; a running row has none unless a wish is being fulfilled. */
    Optional<Sandbox> stopping(
            Sandbox row,
            StopReason reason,
            boolean replace,
            Duration grace,
            String owner,
            Instant until,
            Instant deadline) {
        return moved(
                row,
                sql.sql("""
                update sandboxes set state = 'stopping', stop_reason = :reason, stop_grace_ms = :grace,
                    stop_requested_at = null, stop_requested_for = null,
                    replace_requested_at = case when :replace then :now::timestamptz else null end,
                    quota_frozen_at = null, checkpoint_due_at = null,
                    lease_owner = :owner, lease_until = :until, deadline = :deadline, row_version = row_version + 1
                where id = :id and row_version = :version and state = 'running' returning *
                """)
                        .param("reason", reason.text())
                        .param("replace", replace)
                        .param("now", Rows.time(clock.instant()))
                        .param("grace", grace.toMillis())
                        .param("owner", owner)
                        .param("until", Rows.time(until))
                        .param("deadline", Rows.time(deadline)));
    }

    /** {@code starting|stopping → stopped}, with the failure that led there, if one did. */
    Optional<Sandbox> stopped(Sandbox row, Optional<Failure> failure) {
        return rest(row, SandboxState.STOPPED, failure);
    }

    /** {@code pending|starting|stopping → failed}. */
    Optional<Sandbox> failed(Sandbox row, Failure failure) {
        return rest(row, SandboxState.FAILED, Optional.of(failure));
    }

    private Optional<Sandbox> rest(Sandbox row, SandboxState state, Optional<Failure> failure) {
        return moved(
                row,
                sql.sql("""
                update sandboxes set state = :state,
                    stopped_at = case when state = 'stopping' then :now else stopped_at end,
                    stopped_generation = case when state = 'stopping' then generation else stopped_generation end,
                    failure_code = :code, failure_message = :message, failure_next_step = :next,
                    stop_requested_at = null, stop_requested_for = null,
                    expires_at = null, expiry_warned_at = null, checkpoint_due_at = null,
                    replace_requested_at = case when :state = 'stopped' then replace_requested_at end,
                    lease_owner = case when delete_requested_at is null and not (:state = 'stopped' and replace_requested_at is not null)
                        then null else lease_owner end,
                    lease_until = case when delete_requested_at is null and not (:state = 'stopped' and replace_requested_at is not null)
                        then null else lease_until end,
                    deadline = case when delete_requested_at is null and not (:state = 'stopped' and replace_requested_at is not null)
                        then null else :deleteDeadline end,
                    row_version = row_version + 1
                where id = :id and row_version = :version returning *
                """)
                        .param("state", state.text())
                        .param("now", Rows.time(clock.instant()))
                        .param("deleteDeadline", Rows.time(clock.instant().plus(DELETE_PATIENCE)))
                        .param("code", failure.map(Failure::code).orElse(null))
                        .param("message", failure.map(Failure::message).orElse(null))
                        .param("next", failure.map(Failure::nextStep).orElse(null)));
    }

    /**
     * {@code stopped|failed → starting} with the next generation.
     *
     * @param replacing whether it is the wish to replace that is fulfilled, which must still be there; a resume that somebody
     *     asked for counts as use
     */
    Optional<Sandbox> resuming(Sandbox row, boolean replacing, String owner, Instant until, Instant deadline) {
        return moved(
                row,
                sql.sql("""
                update sandboxes set state = 'starting', generation = generation + 1,
                    failure_code = null, failure_message = null, failure_next_step = null,
                    replace_requested_at = null,
                    last_activity_at = case when :replacing then last_activity_at else :now end,
                    lease_owner = :owner, lease_until = :until, deadline = :deadline, row_version = row_version + 1
                where id = :id and row_version = :version and state in ('stopped', 'failed')
                  and delete_requested_at is null and rollback_to is null
                  and (replace_requested_at is not null or not :replacing) returning *
                """)
                        .param("replacing", replacing)
                        .param("now", Rows.time(clock.instant()))
                        .param("owner", owner)
                        .param("until", Rows.time(until))
                        .param("deadline", Rows.time(deadline)));
    }

    /** Makes the worker's view of the row the only one that can go on, without moving it. */
    Optional<Sandbox> touch(Sandbox row) {
        return changed(row, "update sandboxes set row_version = row_version + 1 ");
    }

    /** {@code stopped|failed → deleted}. */
    Optional<Sandbox> deleted(Sandbox row) {
        return changed(row, """
                update sandboxes set state = 'deleted', lease_owner = null, lease_until = null, deadline = null,
                    replace_requested_at = null, rollback_to = null, rollback_as = null, rollback_by = null,
                    row_version = row_version + 1
                """);
    }

    /** {@code deleted → stopped}. */
    Optional<Sandbox> undeleted(Sandbox row) {
        return moved(row, sql.sql("""
                update sandboxes set state = 'stopped', delete_requested_at = null, delete_now = false,
                    row_version = row_version + 1
                where id = :id and row_version = :version and state = 'deleted' returning *
                """));
    }

    /**
     * Takes back the wish to replace what is being stopped. One that is stopped has nothing else to be worked on for: its lease
     * ends with the wish, for its worker may be dead, and no sweep would find a row without a wish.
     */
    void replaceNot(String id) {
        sql.sql("""
                update sandboxes set replace_requested_at = null,
                    lease_owner = case when state = 'stopped' and delete_requested_at is null then null else lease_owner end,
                    lease_until = case when state = 'stopped' and delete_requested_at is null then null else lease_until end,
                    deadline = case when state = 'stopped' and delete_requested_at is null then null else deadline end,
                    row_version = row_version + case when state = 'stopped' then 1 else 0 end
                where id = :id and state in ('stopping', 'stopped') and replace_requested_at is not null
                """).param("id", id).update();
    }

    /** Wishes for a rollback of a row that is stopped and on which nobody works, and takes its lease. */
    Optional<Sandbox> wishRollback(
            Sandbox row, Upkeep.Rollback rollback, String owner, Instant until, Instant deadline) {
        return moved(
                row,
                sql.sql("""
                update sandboxes set rollback_to = :to, rollback_as = :as, rollback_by = :by,
                    lease_owner = :owner, lease_until = :until, deadline = :deadline, row_version = row_version + 1
                where id = :id and row_version = :version and state = 'stopped' and lease_owner is null
                  and delete_requested_at is null and rollback_to is null and replace_requested_at is null returning *
                """)
                        .param("to", rollback.to().value())
                        .param("as", rollback.as().value())
                        .param("by", rollback.by())
                        .param("owner", owner)
                        .param("until", Rows.time(until))
                        .param("deadline", Rows.time(deadline)));
    }

    /** The wish to roll back is fulfilled, or cannot be, for this reason. */
    Optional<Sandbox> rolledBack(Sandbox row, Optional<Failure> failure) {
        return moved(
                row,
                sql.sql("""
                update sandboxes set rollback_to = null, rollback_as = null, rollback_by = null,
                    failure_code = :code, failure_message = :message, failure_next_step = :next,
                    lease_owner = case when delete_requested_at is null then null else lease_owner end,
                    lease_until = case when delete_requested_at is null then null else lease_until end,
                    deadline = case when delete_requested_at is null then null else deadline end,
                    row_version = row_version + 1
                where id = :id and row_version = :version returning *
                """)
                        .param("code", failure.map(Failure::code).orElse(null))
                        .param("message", failure.map(Failure::message).orElse(null))
                        .param("next", failure.map(Failure::nextStep).orElse(null)));
    }

    // ---------------------------------------------------------------- notes that do not move a row

    /** Notes that it was told of its expiry; false when it was before, or does not run any more. */
    boolean warned(Sandbox row) {
        return sql.sql("""
                update sandboxes set expiry_warned_at = :now
                where id = :id and generation = :generation and state = 'running' and expiry_warned_at is null
                """)
                        .param("now", Rows.time(clock.instant()))
                        .param("id", row.id())
                        .param("generation", row.generation())
                        .update()
                == 1;
    }

    /** Notes when it is to be checkpointed next; false when it does not run any more, or somebody else has noted it. */
    boolean checkpointDue(Sandbox row, Optional<Instant> at) {
        return sql.sql("""
                update sandboxes set checkpoint_due_at = :at
                where id = :id and generation = :generation and state = 'running'
                  and checkpoint_due_at is not distinct from :before::timestamptz
                """)
                        .param("at", Rows.time(at))
                        .param("before", Rows.time(row.upkeep().checkpointDueAt()))
                        .param("id", row.id())
                        .param("generation", row.generation())
                        .update()
                == 1;
    }

    /** Notes that it is frozen for being over a limit, or that it is not any more; false when nothing changed. */
    boolean quotaFrozen(Sandbox row, boolean frozen) {
        return sql.sql("""
                update sandboxes set quota_frozen_at = case when :frozen then :now::timestamptz end
                where id = :id and generation = :generation and state = 'running' and (quota_frozen_at is null) = :frozen
                """)
                        .param("frozen", frozen)
                        .param("now", Rows.time(clock.instant()))
                        .param("id", row.id())
                        .param("generation", row.generation())
                        .update()
                == 1;
    }

    /** Notes when sandboxes were used. */
    void used(Map<String, Instant> at) {
        sql.sql("""
                update sandboxes b set last_activity_at = u.at
                from unnest(:ids::text[], :times::text[]::timestamptz[]) as u (id, at)
                where b.id = u.id and (b.last_activity_at is null or b.last_activity_at < u.at)
                """)
                .param("ids", at.keySet().toArray(String[]::new))
                .param("times", at.values().stream().map(Instant::toString).toArray(String[]::new))
                .update();
    }

    /** Lets go of a row whose wish could not be fulfilled, so that the next sweep tries again. */
    Optional<Sandbox> letGo(Sandbox row) {
        return changed(row, """
                update sandboxes set lease_owner = null, lease_until = null, deadline = null, row_version = row_version + 1
                """);
    }

    private Optional<Sandbox> changed(Sandbox row, String update) {
        return moved(row, sql.sql(update + " where id = :id and row_version = :version returning *"));
    }

    /** Runs an update of the row as it was read, named by {@code :id} and {@code :version}; empty when somebody moved it. */
    private static Optional<Sandbox> moved(Sandbox row, JdbcClient.StatementSpec update) {
        return update.param("id", row.id())
                .param("version", row.rowVersion())
                .query(SandboxStore::read)
                .optional();
    }

    /** Takes the lease of a row at rest on which nobody works, to fulfil a wish. */
    Optional<Sandbox> lease(Sandbox row, String owner, Instant until, Instant deadline) {
        return moved(
                row,
                sql.sql("""
                update sandboxes set lease_owner = :owner, lease_until = :until, deadline = :deadline,
                    row_version = row_version + 1
                where id = :id and row_version = :version returning *
                """)
                        .param("owner", owner)
                        .param("until", Rows.time(until))
                        .param("deadline", Rows.time(deadline)));
    }

    /** Wishes for a stop of a row that is on its way up; false when it is not, or not any more. */
    boolean wishStop(String id, StopReason reason, Duration grace) {
        return sql.sql("""
                update sandboxes set stop_requested_at = coalesce(stop_requested_at, :now),
                    stop_requested_for = coalesce(stop_requested_for, :reason), stop_grace_ms = :grace
                where id = :id and state in ('pending', 'starting')
                """)
                        .param("now", Rows.time(clock.instant()))
                        .param("reason", reason.text())
                        .param("grace", grace.toMillis())
                        .param("id", id)
                        .update()
                == 1;
    }

    /** Wishes for the end of a row, whatever it does; false when it has ended. */
    boolean wishDelete(String id, boolean now) {
        return sql.sql("""
                update sandboxes set delete_requested_at = coalesce(delete_requested_at, :now),
                    delete_now = delete_now or :deleteNow
                where id = :id and state <> 'deleted'
                """)
                        .param("now", Rows.time(clock.instant()))
                        .param("deleteNow", now)
                        .param("id", id)
                        .update()
                == 1;
    }

    /** Extends what {@code owner} holds of {@code ids}; answers those that it still holds. */
    List<String> renew(String owner, Collection<String> ids, Instant until) {
        return sql.sql("""
                update sandboxes set lease_until = :until
                where id = any (:ids) and lease_owner = :owner returning id
                """)
                .param("until", Rows.time(until))
                .param("ids", ids.toArray(String[]::new))
                .param("owner", owner)
                .query((row, number) -> row.getString("id"))
                .list();
    }

    /** Lets others take over at once what {@code owner} held. */
    int abandon(String owner) {
        return sql.sql("update sandboxes set lease_until = :past where lease_owner = :owner")
                .param("past", Rows.time(clock.instant().minusSeconds(1)))
                .param("owner", owner)
                .update();
    }

    /** Takes rows over that nobody works on any more. */
    List<Sandbox> takeOver(String dataDirectory, String owner, Instant until, int limit) {
        return sql.sql("update sandboxes set lease_owner = :owner, lease_until = :until, row_version = row_version + 1"
                        + " where id in (select id from sandboxes where data_directory = :directory and " + ACTIVE
                        + " and (lease_until is null or lease_until < :now)"
                        + " order by lease_until nulls first limit :limit for update skip locked) returning *")
                .param("owner", owner)
                .param("until", Rows.time(until))
                .param("directory", dataDirectory)
                .param("now", Rows.time(clock.instant()))
                .param("limit", limit)
                .query(SandboxStore::read)
                .list();
    }

    /** Rows whose time is up. */
    List<Sandbox> overdue(String dataDirectory) {
        return sql.sql("select * from sandboxes where data_directory = :directory and " + ACTIVE
                        + " and state in ('pending', 'starting', 'stopping') and deadline < :now")
                .param("directory", dataDirectory)
                .param("now", Rows.time(clock.instant()))
                .query(SandboxStore::read)
                .list();
    }

    /** Rows that say that their compute runs. */
    List<Sandbox> running(String dataDirectory) {
        return sql.sql("select * from sandboxes where data_directory = :directory and state = 'running'")
                .param("directory", dataDirectory)
                .query(SandboxStore::read)
                .list();
    }

    /** Rows of an organization that run, or are on their way there and that nobody has wished to stop yet. */
    List<Sandbox> going(String organization, String dataDirectory) {
        return sql.sql("""
                select * from sandboxes
                where organization_id = :organization and state in ('pending', 'starting', 'running')
                  and data_directory = :directory and (state = 'running' or stop_requested_at is null)
                """)
                .param("organization", organization)
                .param("directory", dataDirectory)
                .query(SandboxStore::read)
                .list();
    }

    /** Rows of an organization that are there and that nobody has wished to delete at once. */
    List<Sandbox> toDelete(String organization, String dataDirectory) {
        return sql.sql("""
                select * from sandboxes
                where organization_id = :organization and state <> 'deleted' and not delete_now
                  and data_directory = :directory
                """)
                .param("organization", organization)
                .param("directory", dataDirectory)
                .query(SandboxStore::read)
                .list();
    }

    /** Whether an organization has a sandbox, or a compute of one, that may still be there. */
    boolean anyLeftOf(String organization) {
        return sql.sql("""
                select exists (select 1 from sandboxes b
                               where b.organization_id = :organization
                                 and (b.state <> 'deleted'
                                      or exists (select 1 from computes c where c.owner = b.id and c.state <> 'destroyed')))
                """)
                .param("organization", organization)
                .query(Boolean.class)
                .single();
    }

    /** Several rows by id. */
    List<Sandbox> findAll(Collection<String> ids) {
        return sql.sql("select * from sandboxes where id = any (:ids)")
                .param("ids", ids.toArray(String[]::new))
                .query(SandboxStore::read)
                .list();
    }

    /** One row, with its column names unqualified in the result. */
    static Sandbox read(ResultSet row, int number) throws SQLException {
        return new Sandbox(
                row.getString("id"),
                row.getString("session_id"),
                row.getString("organization_id"),
                row.getString("data_directory"),
                SandboxMode.of(row.getString("mode")),
                row.getString("profile_id"),
                row.getInt("version"),
                row.getString("snapshot_id"),
                row.getString("plan_digest"),
                List.of((String[]) row.getArray("persisted_paths").getArray()),
                fallback(row.getString("fallback_code"), row.getString("fallback_message")),
                SandboxState.of(row.getString("state")),
                row.getInt("generation"),
                Rows.optionalText(row, "stop_reason").map(StopReason::of),
                failure(row.getString("failure_code"), row),
                Rows.optionalText(row, "lifecycle"),
                Rows.optionalInstant(row, "started_at"),
                Rows.optionalInstant(row, "stopped_at"),
                row.getInt("stopped_generation"),
                Rows.optionalText(row, "stop_requested_for").map(StopReason::of),
                row.getLong("stop_grace_ms"),
                row.getObject("delete_requested_at") != null,
                new Upkeep(
                        Rows.optionalInstant(row, "expires_at"),
                        Rows.optionalInstant(row, "expiry_warned_at"),
                        Rows.optionalInstant(row, "last_activity_at"),
                        Rows.optionalInstant(row, "checkpoint_due_at"),
                        Rows.optionalInstant(row, "quota_frozen_at"),
                        row.getObject("replace_requested_at") != null,
                        rollback(row.getString("rollback_to"), row),
                        row.getBoolean("delete_now")),
                Rows.optionalText(row, "lease_owner"),
                Rows.optionalInstant(row, "lease_until"),
                Rows.optionalInstant(row, "deadline"),
                row.getLong("row_version"));
    }

    private static Optional<Upkeep.Rollback> rollback(@Nullable String to, ResultSet row) throws SQLException {
        return to == null
                ? Optional.empty()
                : Optional.of(new Upkeep.Rollback(
                        new CheckpointId(to),
                        new CheckpointId(row.getString("rollback_as")),
                        row.getString("rollback_by")));
    }

    private static Optional<PersistenceFallback> fallback(@Nullable String code, @Nullable String message) {
        return code == null || message == null ? Optional.empty() : Optional.of(new PersistenceFallback(code, message));
    }

    private static Optional<Failure> failure(@Nullable String code, ResultSet row) throws SQLException {
        return code == null
                ? Optional.empty()
                : Optional.of(new Failure(code, row.getString("failure_message"), row.getString("failure_next_step")));
    }
}
