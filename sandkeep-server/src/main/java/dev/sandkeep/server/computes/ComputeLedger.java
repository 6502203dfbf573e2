package dev.sandkeep.server.computes;

import dev.sandkeep.server.platform.database.Rows;
import dev.sandkeep.spi.ComputeId;
import dev.sandkeep.spi.VolumeId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;

/**
 * Rows of {@code computes}. The database lets an owner, and a volume, have one live compute at most; a second one ends in
 * {@link org.springframework.dao.DuplicateKeyException}.
 */
@Repository
public class ComputeLedger {
    private final JdbcClient sql;
    private final Clock clock;

    public ComputeLedger(JdbcClient sql, Clock clock) {
        this.sql = sql;
        this.clock = clock;
    }

    /** Takes a generation. Part of the caller's transaction. */
    public void plan(ComputeId id, String dataDirectory, ComputeState state, Optional<VolumeId> volume) {
        sql.sql("""
                insert into computes (owner, generation, data_directory, volume_id, state, created_at)
                values (:owner, :generation, :directory, :volume, :state, :now)
                """)
                .param("owner", id.sandbox())
                .param("generation", id.generation())
                .param("directory", dataDirectory)
                .param("volume", volume.map(VolumeId::value).orElse(null))
                .param("state", state.text())
                .param("now", now())
                .update();
    }

    /** Moves a compute that is not destroyed. Repeating it changes nothing. */
    public void move(ComputeId id, ComputeState state) {
        sql.sql("""
                update computes set state = :state
                where owner = :owner and generation = :generation and state not in ('destroyed', :state)
                """)
                .param("owner", id.sandbox())
                .param("generation", id.generation())
                .param("state", state.text())
                .update();
    }

    /** Records the provider's answer that nothing of it is left. */
    public void destroyed(ComputeId id) {
        sql.sql("""
                update computes set state = 'destroyed', destroyed_at = :now
                where owner = :owner and generation = :generation and state <> 'destroyed'
                """)
                .param("owner", id.sandbox())
                .param("generation", id.generation())
                .param("now", now())
                .update();
    }

    /** One compute. */
    public Optional<Compute> find(ComputeId id) {
        return sql.sql("select * from computes where owner = :owner and generation = :generation")
                .param("owner", id.sandbox())
                .param("generation", id.generation())
                .query(ComputeLedger::read)
                .optional();
    }

    /** What is not known to be destroyed of {@code owner}, oldest first. */
    public List<Compute> left(String owner) {
        return sql.sql("select * from computes where owner = :owner and state <> 'destroyed' order by generation")
                .param("owner", owner)
                .query(ComputeLedger::read)
                .list();
    }

    /** What is not known to be destroyed in a data directory. */
    public List<Compute> leftIn(String dataDirectory) {
        return sql.sql("select * from computes where data_directory = :directory and state <> 'destroyed'")
                .param("directory", dataDirectory)
                .query(ComputeLedger::read)
                .list();
    }

    private static Compute read(ResultSet row, int number) throws SQLException {
        return new Compute(
                new ComputeId(row.getString("owner"), row.getInt("generation")),
                ComputeState.of(row.getString("state")),
                Rows.instant(row, "created_at"));
    }

    private OffsetDateTime now() {
        return Rows.time(clock.instant());
    }
}
