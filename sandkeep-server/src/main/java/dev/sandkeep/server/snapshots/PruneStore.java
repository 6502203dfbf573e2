package dev.sandkeep.server.snapshots;

import dev.sandkeep.server.platform.database.Rows;
import dev.sandkeep.spi.ImageId;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;
import org.springframework.transaction.support.TransactionTemplate;

/** Finds snapshots that nothing needs, and releases them: decided and written under the row's lock. */
@Repository
class PruneStore {
    /**
     * Neither usable nor pinned; no sandbox or volume stands on it; no job builds on it; no kept snapshot was built on it; in use
     * last before {@code :before}; and {@code :keep} newer ones of its version are kept.
     */
    private static final String UNNEEDED = """
            s.data_directory = :directory and s.released_at is null and s.pinned_at is null
            and coalesce(s.superseded_at, s.created_at) <= :before
            and not exists (select 1 from usable_snapshots u where u.snapshot_id = s.id)
            and not exists (
                select 1 from sandboxes b left join volumes v on v.sandbox_id = b.id
                where b.snapshot_id = s.id and (b.state <> 'deleted' or v.state <> 'deleted'))
            and not exists (
                select 1 from snapshot_attempts a join snapshot_jobs j on j.id = a.job_id
                where a.parent = s.id and j.state in ('queued', 'running'))
            and not exists (select 1 from snapshots c where c.parent = s.id and c.released_at is null)
            and (select count(*) from snapshots n
                 where n.profile_id = s.profile_id and n.version = s.version and n.id > s.id and n.released_at is null) >= :keep
            """;

    private final JdbcClient jdbc;
    private final RemovalStore removals;
    private final TransactionTemplate transactions;
    private final Clock clock;

    PruneStore(JdbcClient jdbc, RemovalStore removals, TransactionTemplate transactions, Clock clock) {
        this.jdbc = jdbc;
        this.removals = removals;
        this.transactions = transactions;
        this.clock = clock;
    }

    /**
     * What makes a snapshot one that may go.
     *
     * @param keep how many newer ones of its version are kept
     * @param unusedBefore when it must have been in use last
     */
    record Rule(String dataDirectory, int keep, Instant unusedBefore) {
        String explanation() {
            return "not usable since before " + unusedBefore + ", " + keep
                    + " or more newer ones of its version are kept; not pinned, no sandbox, volume, job or kept snapshot stands"
                    + " on it";
        }
    }

    /** Snapshots that may go now. */
    List<ImageId> unneeded(Rule rule, Optional<String> organization) {
        return jdbc.sql("select s.id from snapshots s where " + UNNEEDED
                        + " and s.organization_id = coalesce(:organization, s.organization_id) order by s.id")
                .param("directory", rule.dataDirectory())
                .param("before", Rows.time(rule.unusedBefore()))
                .param("keep", rule.keep())
                .param("organization", organization.orElse(null), java.sql.Types.VARCHAR)
                .query((row, number) -> new ImageId(row.getString("id")))
                .list();
    }

    /** Lets one go, if it still may; nobody can come to need it any more. */
    boolean release(ImageId image, Rule rule) {
        return Boolean.TRUE.equals(transactions.execute(status -> {
            // Two statements: the second one sees what was committed while the first one waited for the lock.
            jdbc.sql("select 1 from snapshots where id = :id for update")
                    .param("id", image.value())
                    .query(Integer.class)
                    .optional();
            boolean released = jdbc.sql("update snapshots s set released_at = :now where s.id = :id and " + UNNEEDED)
                            .param("now", Rows.time(clock.instant()))
                            .param("id", image.value())
                            .param("directory", rule.dataDirectory())
                            .param("before", Rows.time(rule.unusedBefore()))
                            .param("keep", rule.keep())
                            .update()
                    == 1;
            if (released) {
                removals.allowed(image, rule.dataDirectory(), ImageRemoval.Reason.SUPERSEDED, rule.explanation());
            }
            return released;
        }));
    }

    /** Images that snapshots or attempts of running jobs stand on. */
    Set<String> neededBaseImages(String dataDirectory) {
        return Set.copyOf(jdbc.sql("""
                        select base_image from snapshots where data_directory = :directory and removed_at is null
                        union
                        select a.base_image from snapshot_attempts a join snapshot_jobs j on j.id = a.job_id
                        where j.data_directory = :directory and a.base_image is not null
                          and (j.state in ('queued', 'running') or not a.settled)
                        """)
                .param("directory", dataDirectory)
                .query((row, number) -> row.getString(1))
                .list());
    }

    /** Whether any job is queued or running, which may be about to start from any base image. */
    boolean building(String dataDirectory) {
        return jdbc.sql("""
                        select exists (select 1 from snapshot_jobs
                            where data_directory = :directory and state in ('queued', 'running'))
                        """)
                .param("directory", dataDirectory)
                .query(Boolean.class)
                .single();
    }
}
