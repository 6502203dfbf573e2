package dev.sandkeep.server.sessions;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sandkeep.server.platform.security.Caller;
import dev.sandkeep.server.testing.SandboxLab;
import dev.sandkeep.server.testing.ServerTest;
import dev.sandkeep.server.testing.TestServer;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.dao.DataAccessException;

/** Tries to break with SQL what must never be broken: it is the database that refuses, whatever the code does. */
@ServerTest
class SandboxInvariantsTest {
    @Autowired
    TestServer server;

    @Autowired
    SandboxLab lab;

    @Autowired
    Sessions sessions;

    private Caller caller = new Caller("", "");
    private String sandbox = "";
    private String session = "";

    @BeforeEach
    void aRunningPersistentSession() throws InterruptedException {
        caller = server.newOrganization().caller();
        SessionDetails started = lab.start(caller, lab.persistent(caller));
        sandbox = started.sandbox().id();
        session = started.session().id();
    }

    @AfterEach
    void nothingLeaks() {
        lab.assertNothingLeaks();
    }

    @Test
    void a_sandbox_has_one_live_compute_at_most() {
        refused("""
                insert into computes (owner, generation, data_directory, state, created_at)
                values (:sandbox, 2, 'x', 'starting', now())
                """);
    }

    @Test
    void a_volume_has_one_live_compute_at_most() {
        refused("""
                insert into computes (owner, generation, data_directory, volume_id, state, created_at)
                select 'sbx_00000000000000000000000009', 1, 'x', id, 'running', now() from volumes where sandbox_id = :sandbox
                """);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "mode = 'ephemeral'",
                "version = version + 1",
                "plan_digest = 'sha256:other'",
                "persisted_paths = '{/srv}'",
                "session_id = 'ses_other'"
            })
    void what_a_sandbox_is_pinned_to_never_changes(String change) {
        refused("update sandboxes set " + change + " where id = :sandbox");
    }

    @ParameterizedTest
    @ValueSource(strings = {"pending", "starting", "stopped", "failed", "deleted"})
    void a_running_sandbox_only_ever_begins_to_stop(String state) {
        refused(
                "update sandboxes set state = '" + state + "', failure_code = 'x', failure_message = 'x',"
                        + " failure_next_step = 'x', lease_owner = 'x', lease_until = now(), deadline = now() where id = :sandbox");
    }

    @Test
    void a_generation_never_goes_back() {
        lab.jdbc()
                .sql("update sandboxes set generation = 5 where id = :sandbox")
                .param("sandbox", sandbox)
                .update();
        refused("update sandboxes set generation = 4 where id = :sandbox");
        // As it was, so that the compute belongs to the row again: only a test may do this.
        lab.jdbc()
                .sql("alter table sandboxes disable trigger sandboxes_generations")
                .update();
        lab.jdbc()
                .sql("update sandboxes set generation = 1 where id = :sandbox")
                .param("sandbox", sandbox)
                .update();
        lab.jdbc()
                .sql("alter table sandboxes enable trigger sandboxes_generations")
                .update();
    }

    @Test
    void a_row_that_somebody_works_on_has_a_lease_and_a_deadline() {
        refused("update sandboxes set state = 'stopping', lease_owner = 'x', lease_until = now() where id = :sandbox");
        refused("update sandboxes set state = 'stopping', deadline = now() where id = :sandbox");
    }

    @Test
    void the_durable_point_never_goes_back() throws InterruptedException {
        sessions.stop(caller, session, Duration.ZERO);
        sessions.resume(caller, session);
        lab.run(caller, sessions.get(caller, session), "echo more > /root/more");
        sessions.stop(caller, session, Duration.ZERO);
        assertThat(sessions.get(caller, session).durable())
                .hasValueSatisfying(point -> assertThat(point.sequence()).isEqualTo(2));

        refused("update volumes set durable_sequence = 1 where sandbox_id = :sandbox");
        refused("update volumes set durable_sequence = null, durable_checkpoint = null, durable_at = null"
                + " where sandbox_id = :sandbox");
    }

    @Test
    void a_failure_is_whole() {
        refused("update sandboxes set failure_code = 'x' where id = :sandbox");
    }

    private void refused(String sql) {
        assertThatThrownBy(() -> lab.jdbc().sql(sql).param("sandbox", sandbox).update())
                .isInstanceOf(DataAccessException.class);
    }
}
