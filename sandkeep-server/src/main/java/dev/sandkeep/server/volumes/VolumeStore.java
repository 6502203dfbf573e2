package dev.sandkeep.server.volumes;

import dev.sandkeep.server.platform.database.Rows;
import dev.sandkeep.spi.Checkpoint;
import dev.sandkeep.spi.CheckpointId;
import dev.sandkeep.spi.DurablePoint;
import dev.sandkeep.spi.PersistedPath;
import dev.sandkeep.spi.VolumeId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;

/** Rows of {@code volumes} and {@code checkpoints}. Every method is one statement, part of the caller's transaction. */
@Repository
class VolumeStore {
    private final JdbcClient sql;
    private final Clock clock;

    VolumeStore(JdbcClient sql, Clock clock) {
        this.sql = sql;
        this.clock = clock;
    }

    Volume insert(Volume volume, String dataDirectory) {
        VolumeOrigin.Fork fork = volume.origin() instanceof VolumeOrigin.Fork it ? it : null;
        sql.sql("""
                insert into volumes (id, organization_id, sandbox_id, data_directory, paths, path_options, state, held_by,
                    next_checkpoint, source_volume, source_checkpoint, imported, first_checkpoint, created_at)
                values (:id, :organization, :sandbox, :directory, :paths, :options::json, 'provisioning', :heldBy, :checkpoint,
                    :sourceVolume, :sourceCheckpoint, :imported, :first, :now)
                """)
                .param("id", volume.id().value())
                .param("organization", volume.organization())
                .param("sandbox", volume.sandbox())
                .param("directory", dataDirectory)
                .param("paths", volume.paths().stream().map(PersistedPath::path).toArray(String[]::new))
                .param("options", PathOptions.text(volume.paths()))
                .param("heldBy", volume.heldBy().getAsInt())
                .param("checkpoint", volume.nextCheckpoint().orElseThrow().value())
                .param("sourceVolume", fork == null ? null : fork.source().value())
                .param(
                        "sourceCheckpoint",
                        fork == null ? null : fork.checkpoint().value())
                .param("imported", volume.origin() instanceof VolumeOrigin.Import)
                .param(
                        "first",
                        volume.firstCheckpoint().map(CheckpointId::value).orElse(null))
                .param("now", now())
                .update();
        return volume;
    }

    Optional<Volume> ofSandbox(String sandbox) {
        return sql.sql("select * from volumes where sandbox_id = :sandbox")
                .param("sandbox", sandbox)
                .query(VolumeStore::read)
                .optional();
    }

    List<Volume> notDeletedIn(String dataDirectory) {
        return sql.sql("select * from volumes where data_directory = :directory and state <> 'deleted'")
                .param("directory", dataDirectory)
                .query(VolumeStore::read)
                .list();
    }

    void provisioned(VolumeId id) {
        sql.sql("update volumes set state = 'ready' where id = :id and state = 'provisioning'")
                .param("id", id.value())
                .update();
    }

    /** Notes that {@code generation} may hold it from now on; false when another one may. */
    boolean hold(VolumeId id, int generation, CheckpointId nextCheckpoint) {
        return sql.sql("""
                update volumes set held_by = :generation, next_checkpoint = :checkpoint
                where id = :id and state <> 'deleted' and (held_by is null or held_by = :generation)
                """)
                        .param("id", id.value())
                        .param("generation", generation)
                        .param("checkpoint", nextCheckpoint.value())
                        .update()
                == 1;
    }

    /** Notes that {@code generation} does not hold it, without anything having been committed. */
    void release(VolumeId id, int generation) {
        sql.sql("update volumes set held_by = null, next_checkpoint = null where id = :id and held_by = :generation")
                .param("id", id.value())
                .param("generation", generation)
                .update();
    }

    /** Records the backend's answer to a detach. */
    void detached(VolumeId id, int generation, DurablePoint point, CheckpointKind kind) {
        checkpoint(id, generation, point, kind, "system", Optional.empty());
        sql.sql("""
                update volumes
                set held_by = case when held_by = :generation then null else held_by end,
                    next_checkpoint = case when held_by = :generation then null else next_checkpoint end,
                    running_checkpoint = null, running_by = null, running_until = null,
                    durable_checkpoint = :checkpoint, durable_sequence = :sequence, durable_at = :at
                where id = :id and (durable_sequence is null or durable_sequence <= :sequence)
                """)
                .param("checkpoint", point.checkpoint().value())
                .param("id", id.value())
                .param("sequence", point.sequence())
                .param("generation", generation)
                .param("at", Rows.time(point.at()))
                .update();
    }

    /** Records a checkpoint, if it is not there yet. */
    void checkpoint(
            VolumeId id,
            int generation,
            DurablePoint point,
            CheckpointKind kind,
            String by,
            Optional<CheckpointId> source) {
        sql.sql("""
                insert into checkpoints (id, volume_id, sequence, generation, at, kind, created_by, source)
                values (:checkpoint, :id, :sequence, :generation, :at, :kind, :by, :source)
                on conflict do nothing
                """)
                .param("checkpoint", point.checkpoint().value())
                .param("id", id.value())
                .param("sequence", point.sequence())
                .param("generation", generation)
                .param("at", Rows.time(point.at()))
                .param("kind", kind.text())
                .param("by", by)
                .param("source", source.map(CheckpointId::value).orElse(null))
                .update();
    }

    /** Records one that the backend has and no row tells of, once a newer one is the durable point. */
    void adopt(VolumeId id, Checkpoint checkpoint) {
        CheckpointKind kind = switch (checkpoint.kind()) {
            case DETACHED -> CheckpointKind.STOP;
            case RUNNING -> CheckpointKind.INTERVAL;
            case RESTORED -> CheckpointKind.ROLLBACK;
            case FORKED -> CheckpointKind.FORK;
            case IMPORTED -> CheckpointKind.IMPORT;
        };
        sql.sql("""
                insert into checkpoints (id, volume_id, sequence, generation, at, kind, created_by)
                select :checkpoint, v.id, :sequence, :generation, :at, :kind, 'system' from volumes v
                where v.id = :id and v.durable_sequence > :sequence
                on conflict do nothing
                """)
                .param("checkpoint", checkpoint.id().value())
                .param("sequence", checkpoint.sequence())
                .param("generation", checkpoint.generation())
                .param("at", Rows.time(checkpoint.at()))
                .param("kind", kind.text())
                .param("id", id.value())
                .update();
    }

    /** Moves the durable point forward, to a checkpoint that did not end a hold. */
    void durable(VolumeId id, DurablePoint point) {
        sql.sql("""
                update volumes
                set durable_checkpoint = :checkpoint, durable_sequence = :sequence, durable_at = :at,
                    running_checkpoint = case when running_checkpoint = :checkpoint then null else running_checkpoint end,
                    running_by = case when running_checkpoint = :checkpoint then null else running_by end,
                    running_until = case when running_checkpoint = :checkpoint then null else running_until end
                where id = :id and (durable_sequence is null or durable_sequence < :sequence)
                """)
                .param("checkpoint", point.checkpoint().value())
                .param("id", id.value())
                .param("sequence", point.sequence())
                .param("at", Rows.time(point.at()))
                .update();
    }

    // ---------------------------------------------------------------- checkpoints of holders that go on running

    /** Notes that a checkpoint is being made of the holder; false when another one is, or it does not hold it. */
    boolean beginRunning(VolumeId id, int generation, CheckpointId checkpoint, String server, Instant until) {
        return sql.sql("""
                update volumes set running_checkpoint = :checkpoint, running_by = :server, running_until = :until
                where id = :id and held_by = :generation and (running_until is null or running_until < :now)
                """)
                        .param("checkpoint", checkpoint.value())
                        .param("server", server)
                        .param("until", Rows.time(until))
                        .param("now", now())
                        .param("id", id.value())
                        .param("generation", generation)
                        .update()
                == 1;
    }

    /** Notes that it is not being made any more. */
    void endRunning(VolumeId id, CheckpointId checkpoint) {
        sql.sql("""
                update volumes set running_checkpoint = null, running_by = null, running_until = null
                where id = :id and running_checkpoint = :checkpoint
                """)
                .param("id", id.value())
                .param("checkpoint", checkpoint.value())
                .update();
    }

    /** What {@code server} was making, nobody makes any more. */
    void endRunningOf(String server) {
        sql.sql("""
                update volumes set running_checkpoint = null, running_by = null, running_until = null
                where running_by = :server
                """).param("server", server).update();
    }

    /** Whether somebody is believed to be making a checkpoint of the holder of a sandbox's volume. */
    boolean running(String sandbox) {
        return sql.sql("select count(*) from volumes where sandbox_id = :sandbox and running_until >= :now")
                        .param("sandbox", sandbox)
                        .param("now", now())
                        .query(Integer.class)
                        .single()
                > 0;
    }

    // ---------------------------------------------------------------- kept checkpoints

    /** Those of a volume that are kept, newest first. */
    List<KeptCheckpoint> kept(VolumeId id) {
        return sql.sql("""
                select * from checkpoints where volume_id = :id and removal_at is null order by sequence desc
                """).param("id", id.value()).query(VolumeStore::kept).list();
    }

    /** One that is kept; it stays so until the caller's transaction ends. */
    Optional<KeptCheckpoint> keep(VolumeId id, CheckpointId checkpoint) {
        return sql.sql("""
                select * from checkpoints where volume_id = :id and id = :checkpoint and removal_at is null for share
                """)
                .param("id", id.value())
                .param("checkpoint", checkpoint.value())
                .query(VolumeStore::kept)
                .optional();
    }

    /**
     * A volume of which some checkpoints may have to go.
     *
     * @param newest sequence of the newest one
     * @param going whether some are marked and not known to be gone
     */
    record Thinnable(VolumeId volume, long newest, boolean going) {}

    /** Volumes of which more checkpoints are kept than {@code most}, and of which some wait to be removed. */
    List<Thinnable> toThin(String dataDirectory, int most) {
        return sql.sql("""
                select v.id, max(c.sequence) as newest, bool_or(c.removal_at is not null) as going
                from volumes v join checkpoints c on c.volume_id = v.id and c.removed_at is null
                where v.data_directory = :directory and v.state = 'ready' and v.delete_after is null
                group by v.id
                having count(*) filter (where c.removal_at is null) > :most or bool_or(c.removal_at is not null)
                """)
                .param("directory", dataDirectory)
                .param("most", most)
                .query((row, number) -> new Thinnable(
                        new VolumeId(row.getString("id")), row.getLong("newest"), row.getBoolean("going")))
                .list();
    }

    /** Marks as one that goes, unless a rollback or a fork is to stand on it. */
    void beginRemoval(VolumeId id, CheckpointId checkpoint) {
        sql.sql("""
                update checkpoints c set removal_at = :now
                where c.id = :checkpoint and c.volume_id = :id and c.removal_at is null
                  and not exists (select 1 from volumes v where v.id = :id and v.durable_checkpoint = :checkpoint)
                  and not exists (select 1 from sandboxes b join volumes v on v.sandbox_id = b.id
                                  where v.id = :id and b.rollback_to = :checkpoint)
                  and not exists (select 1 from volumes f
                                  where f.source_volume = :id and f.source_checkpoint = :checkpoint and f.state = 'provisioning')
                """)
                .param("now", now())
                .param("id", id.value())
                .param("checkpoint", checkpoint.value())
                .update();
    }

    /** Those that are marked and not known to be gone. */
    List<CheckpointId> going(VolumeId id) {
        return sql.sql("""
                select id from checkpoints where volume_id = :id and removal_at is not null and removed_at is null
                """)
                .param("id", id.value())
                .query((row, number) -> new CheckpointId(row.getString("id")))
                .list();
    }

    /** It is gone. */
    void removed(CheckpointId checkpoint) {
        sql.sql("update checkpoints set removed_at = :now where id = :id")
                .param("now", now())
                .param("id", checkpoint.value())
                .update();
    }

    /** It was to go, and has to stay after all. */
    void stays(CheckpointId checkpoint) {
        sql.sql("update checkpoints set removal_at = null where id = :id and removed_at is null")
                .param("id", checkpoint.value())
                .update();
    }

    // ---------------------------------------------------------------- the end of a volume

    /** Keeps the volume of a deleted session for a while. */
    void keepUntil(VolumeId id, Instant until) {
        sql.sql("update volumes set delete_after = :until where id = :id and state <> 'deleted'")
                .param("until", Rows.time(until))
                .param("id", id.value())
                .update();
    }

    /** Its session is not deleted any more; false when the volume is gone, or going. */
    boolean keep(VolumeId id) {
        return sql.sql("""
                update volumes set delete_after = null
                where id = :id and state = 'ready' and delete_after is not null and purge_started_at is null
                """).param("id", id.value()).update() == 1;
    }

    /** Nobody brings back what is deleted of an organization that is deleted itself. */
    void endGrace(String organization) {
        sql.sql("""
                update volumes v set delete_after = :now from sandboxes b
                where b.id = v.sandbox_id and b.organization_id = :organization
                  and v.state <> 'deleted' and v.delete_after > :now
                """).param("now", now()).param("organization", organization).update();
    }

    boolean anyLeftOf(String organization) {
        return sql.sql("""
                select exists (select 1 from sandboxes b join volumes v on v.sandbox_id = b.id
                               where b.organization_id = :organization and v.state <> 'deleted')
                """)
                .param("organization", organization)
                .query(Boolean.class)
                .single();
    }

    /** Volumes whose time is over. From then on they cannot be had back. */
    List<Volume> beginPurge(String dataDirectory) {
        return sql.sql("""
                update volumes set purge_started_at = coalesce(purge_started_at, :now)
                where data_directory = :directory and delete_after <= :now and state <> 'deleted' returning *
                """)
                .param("now", now())
                .param("directory", dataDirectory)
                .query(VolumeStore::read)
                .list();
    }

    void deleted(VolumeId id) {
        sql.sql("""
                update volumes set state = 'deleted', deleted_at = :now, held_by = null, next_checkpoint = null,
                    running_checkpoint = null, running_by = null, running_until = null
                where id = :id and state <> 'deleted'
                """).param("id", id.value()).param("now", now()).update();
        sql.sql("""
                update checkpoints set removal_at = coalesce(removal_at, :now), removed_at = :now
                where volume_id = :id and removed_at is null
                """).param("id", id.value()).param("now", now()).update();
    }

    private static KeptCheckpoint kept(ResultSet row, int number) throws SQLException {
        return new KeptCheckpoint(
                new DurablePoint(
                        new CheckpointId(row.getString("id")), row.getLong("sequence"), Rows.instant(row, "at")),
                row.getInt("generation"),
                CheckpointKind.of(row.getString("kind")),
                row.getString("created_by"),
                Rows.optionalText(row, "source"));
    }

    private static VolumeOrigin origin(@Nullable String source, ResultSet row) throws SQLException {
        if (source != null) {
            return new VolumeOrigin.Fork(new VolumeId(source), new CheckpointId(row.getString("source_checkpoint")));
        }
        return row.getBoolean("imported") ? new VolumeOrigin.Import() : new VolumeOrigin.Empty();
    }

    private static Volume read(ResultSet row, int number) throws SQLException {
        String state = row.getString("state");
        int heldBy = row.getInt("held_by");
        OptionalInt holder = row.wasNull() ? OptionalInt.empty() : OptionalInt.of(heldBy);
        return new Volume(
                new VolumeId(row.getString("id")),
                row.getString("organization_id"),
                row.getString("sandbox_id"),
                PathOptions.paths(List.of((String[]) row.getArray("paths").getArray()), row.getString("path_options")),
                origin(row.getString("source_volume"), row),
                Rows.optionalText(row, "first_checkpoint").map(CheckpointId::new),
                !state.equals("provisioning"),
                state.equals("deleted"),
                holder,
                Rows.optionalText(row, "next_checkpoint").map(CheckpointId::new),
                durable(row.getString("durable_checkpoint"), row));
    }

    private static Optional<DurablePoint> durable(@Nullable String checkpoint, ResultSet row) throws SQLException {
        return checkpoint == null
                ? Optional.empty()
                : Optional.of(new DurablePoint(
                        new CheckpointId(checkpoint),
                        row.getLong("durable_sequence"),
                        Rows.instant(row, "durable_at")));
    }

    private OffsetDateTime now() {
        return Rows.time(clock.instant());
    }
}
