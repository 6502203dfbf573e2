package dev.sandkeep.server.snapshots;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sandkeep.server.platform.security.Caller;
import dev.sandkeep.server.testing.SandboxLab;
import dev.sandkeep.server.testing.ServerTest;
import dev.sandkeep.server.testing.TestServer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.dao.DataAccessException;

/** Tries to break with SQL what must never be broken: it is the database that refuses, whatever the code does. */
@ServerTest
class SnapshotInvariantsTest {
    private static final String COPY = """
            insert into snapshot_jobs (id, organization_id, profile_id, version, data_directory, trigger, scheduled_for, state,
                actor, queued_at, deadline)
            select '%s', organization_id, profile_id, version, data_directory, '%s', %s, '%s', actor, now(), now()
            from snapshot_jobs where id = :job
            """;

    @Autowired
    TestServer server;

    @Autowired
    SandboxLab lab;

    private String job = "";

    @BeforeEach
    void aJobThatIsOver() {
        Caller caller = server.newOrganization().caller();
        job = lab.newestJob(caller, lab.usable(caller)).id();
    }

    @Test
    void a_version_has_one_active_job_at_most() {
        execute(COPY.formatted("job_a" + job.substring(5), "manual_refresh", "null", "queued"));
        refused(COPY.formatted("job_b" + job.substring(5), "manual_refresh", "null", "queued"));
        execute("delete from snapshot_jobs where id = 'job_a' || substr(:job, 6)");
    }

    @Test
    void a_tick_of_a_schedule_has_one_job_at_most() {
        String tick = "'2026-01-01T00:00:00Z'";
        execute(COPY.formatted("job_a" + job.substring(5), "scheduled_refresh", tick, "queued"));
        execute("""
                update snapshot_jobs set state = 'canceled', ended_at = now(), failure_code = 'canceled', failure_message = 'x',
                    failure_next_step = 'x', failure_last_lines = '{}'
                where id = 'job_a' || substr(:job, 6)
                """);
        refused(COPY.formatted("job_b" + job.substring(5), "scheduled_refresh", tick, "queued"));
        execute("delete from snapshot_jobs where id = 'job_a' || substr(:job, 6)");
    }

    @Test
    void a_job_that_is_over_says_how() {
        refused("update snapshot_jobs set snapshot_id = null where id = :job");
        refused("update snapshot_jobs set state = 'failed' where id = :job");
        refused("update snapshot_jobs set ended_at = null where id = :job");
    }

    @Test
    void what_is_usable_is_a_snapshot_of_that_very_version() {
        refused("""
                update usable_snapshots set snapshot_id = 'snp_nowhere'
                where snapshot_id = (select snapshot_id from snapshot_jobs where id = :job)
                """);
    }

    private void execute(String sql) {
        lab.jdbc().sql(sql).param("job", job).update();
    }

    private void refused(String sql) {
        assertThatThrownBy(() -> execute(sql)).isInstanceOf(DataAccessException.class);
    }
}
