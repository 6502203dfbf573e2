package dev.sandkeep.server.volumes;

import dev.sandkeep.server.platform.database.Rows;
import dev.sandkeep.spi.CheckpointId;
import dev.sandkeep.spi.DurablePoint;
import dev.sandkeep.spi.VolumeId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
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

    Volume insert(
            VolumeId id,
            String organization,
            String sandbox,
            String dataDirectory,
            List<String> paths,
            int heldBy,
            CheckpointId nextCheckpoint) {
        sql.sql("""
                insert into volumes (id, organization_id, sandbox_id, data_directory, paths, state, held_by,
                    next_checkpoint, created_at)
                values (:id, :organization, :sandbox, :directory, :paths, 'provisioning', :heldBy, :checkpoint, :now)
                """)
                .param("id", id.value())
                .param("organization", organization)
                .param("sandbox", sandbox)
                .param("directory", dataDirectory)
                .param("paths", paths.toArray(String[]::new))
                .param("heldBy", heldBy)
                .param("checkpoint", nextCheckpoint.value())
                .param("now", now())
                .update();
        return new Volume(
                id,
                organization,
                sandbox,
                paths,
                false,
                false,
                OptionalInt.of(heldBy),
                Optional.of(nextCheckpoint),
                Optional.empty());
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
    void detached(VolumeId id, int generation, DurablePoint point) {
        sql.sql("""
                insert into checkpoints (id, volume_id, sequence, generation, at)
                values (:checkpoint, :id, :sequence, :generation, :at)
                on conflict do nothing
                """)
                .param("checkpoint", point.checkpoint().value())
                .param("id", id.value())
                .param("sequence", point.sequence())
                .param("generation", generation)
                .param("at", Rows.time(point.at()))
                .update();
        sql.sql("""
                update volumes
                set held_by = case when held_by = :generation then null else held_by end,
                    next_checkpoint = case when held_by = :generation then null else next_checkpoint end,
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

    void deleted(VolumeId id) {
        sql.sql("""
                update volumes set state = 'deleted', deleted_at = :now, held_by = null, next_checkpoint = null
                where id = :id and state <> 'deleted'
                """).param("id", id.value()).param("now", now()).update();
    }

    private static Volume read(ResultSet row, int number) throws SQLException {
        String state = row.getString("state");
        int heldBy = row.getInt("held_by");
        OptionalInt holder = row.wasNull() ? OptionalInt.empty() : OptionalInt.of(heldBy);
        return new Volume(
                new VolumeId(row.getString("id")),
                row.getString("organization_id"),
                row.getString("sandbox_id"),
                List.of((String[]) row.getArray("paths").getArray()),
                !state.equals("provisioning"),
                state.equals("deleted"),
                holder,
                Optional.ofNullable(row.getString("next_checkpoint")).map(CheckpointId::new),
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
