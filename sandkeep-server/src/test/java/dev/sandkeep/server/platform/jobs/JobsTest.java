package dev.sandkeep.server.platform.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandkeep.server.platform.data.DataDirectory;
import dev.sandkeep.server.platform.database.Rows;
import dev.sandkeep.server.platform.security.Caller;
import dev.sandkeep.server.testing.ServerTest;
import dev.sandkeep.server.testing.TestServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;

@ServerTest
class JobsTest {
    @Autowired
    Jobs jobs;

    @Autowired
    TransactionTemplate transactions;

    @Autowired
    JdbcClient jdbc;

    @Autowired
    DataDirectory data;

    @Autowired
    Clock clock;

    @Autowired
    RepeatableRequests requests;

    @Autowired
    TestServer server;

    private final String id = UUID.randomUUID().toString();

    @Test
    void work_begins_as_soon_as_its_transaction_is_committed() {
        transactions.executeWithoutResult(status -> {
            assertThat(jobs.enqueue(ProbeTask.PROBE.instance(id).data(id).build()))
                    .isTrue();
            assertThat(jobs.enqueue(ProbeTask.PROBE.instance(id).data(id).build()))
                    .as("queued once")
                    .isFalse();
        });
        // Half the time between two looks into the queue: it was not found by chance.
        await().atMost(Duration.ofMillis(500))
                .pollInterval(Duration.ofMillis(5))
                .until(() -> ProbeTask.DONE.contains(id));
    }

    @Test
    void work_of_a_transaction_that_was_rolled_back_never_existed() {
        transactions.executeWithoutResult(status -> {
            jobs.enqueue(ProbeTask.PROBE.instance(id).data(id).build());
            status.setRollbackOnly();
        });
        assertThat(jdbc.sql("select count(*) from scheduled_tasks where task_instance = :id")
                        .param("id", id)
                        .query(Integer.class)
                        .single())
                .isZero();
    }

    @Test
    void work_of_a_dead_server_of_this_machine_is_taken_over_at_once() throws IOException {
        String dead = data.installation() + "-1-deadbeef";
        pickedBy(dead, clock.instant());
        Files.createFile(data.resolve("servers").resolve(dead + ".lock"));
        await().atMost(Duration.ofSeconds(10)).until(() -> ProbeTask.DONE.contains(id));
        assertThat(data.resolve("servers").resolve(dead + ".lock")).doesNotExist();
    }

    @Test
    void work_of_a_server_that_fell_silent_elsewhere_is_taken_over() {
        pickedBy("0000000f-1-deadbeef", clock.instant().minus(Duration.ofMinutes(1)));
        await().atMost(Duration.ofSeconds(20)).until(() -> ProbeTask.DONE.contains(id));
    }

    @Test
    void work_that_somebody_living_has_is_left_alone() {
        pickedBy("0000000f-1-livebeef", clock.instant().plus(Duration.ofSeconds(5)));
        jobs.wake();
        await().during(Duration.ofSeconds(1)).atMost(Duration.ofSeconds(3)).until(() -> !ProbeTask.DONE.contains(id));
        jdbc.sql("delete from scheduled_tasks where task_instance = :id")
                .param("id", id)
                .update();
    }

    private void pickedBy(String server, Instant heartbeat) {
        jdbc.sql("""
                        insert into scheduled_tasks (task_name, task_instance, task_data, execution_time, picked,
                                                     picked_by, last_heartbeat, version, priority)
                        values ('probe', :id, :data, :now, true, :server, :heartbeat, 1, 0)
                        """)
                .param("id", id)
                .param("data", ("\"" + id + "\"").getBytes(StandardCharsets.UTF_8))
                .param("now", Rows.time(clock.instant()))
                .param("server", server)
                .param("heartbeat", Rows.time(heartbeat))
                .update();
    }

    @Test
    void work_that_recurs_is_in_the_queue_from_the_start() {
        await().atMost(Duration.ofSeconds(10))
                .until(() -> jdbc.sql("select count(*) from scheduled_tasks where task_name = 'forget-old-requests'")
                                .query(Integer.class)
                                .single()
                        == 1);
    }

    @Test
    void a_key_of_a_request_is_forgotten_after_a_day() {
        Caller caller = server.newOrganization().caller();
        assertThat(requests.once(caller, "k", "make", "x", () -> "first")).isEqualTo("first");
        assertThat(requests.once(caller, "k", "make", "x", () -> "second")).isEqualTo("first");
        jdbc.sql("update idempotency_keys set created_at = :old where organization_id = :organization")
                .param(
                        "old",
                        Rows.time(clock.instant()
                                .minus(RepeatableRequests.REMEMBERED)
                                .minusSeconds(1)))
                .param("organization", caller.organizationId())
                .update();
        assertThat(requests.forgetOld()).isPositive();
        assertThat(requests.once(caller, "k", "make", "x", () -> "third")).isEqualTo("third");
    }
}
