package dev.sandkeep.server.events;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sandkeep.server.platform.security.Caller;
import dev.sandkeep.server.testing.ServerTest;
import dev.sandkeep.server.testing.TestServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;

@ServerTest
@Timeout(60)
class EventLogTest {
    @Autowired
    EventLog events;

    @Autowired
    TransactionTemplate transactions;

    @Autowired
    JdbcClient jdbc;

    @Autowired
    TestServer server;

    Caller caller;

    @BeforeEach
    void ownOrganization() {
        caller = server.newOrganization().caller();
    }

    @Test
    void a_reader_that_follows_sees_every_event_once_whatever_order_transactions_end_in() throws Exception {
        int writers = 6;
        int each = 25;
        List<String> seen = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < writers; i++) {
                int writer = i;
                threads.execute(() -> write(writer, each));
            }
            Optional<String> last = Optional.empty();
            while (seen.size() < writers * each) {
                for (Event event : events.read(caller.organizationId(), last, 7)) {
                    seen.add(event.detail());
                    last = Optional.of(event.id());
                }
            }
        }
        assertThat(seen).doesNotHaveDuplicates().hasSize(writers * each);
        for (int i = 0; i < writers; i++) {
            String prefix = i + ":";
            assertThat(seen.stream().filter(detail -> detail.startsWith(prefix)))
                    .as("a writer's events are in its order")
                    .isSortedAccordingTo((a, b) -> Integer.compare(number(a), number(b)));
        }
    }

    @Test
    void an_event_is_shown_with_everything_that_it_is_about() {
        append(Change.of("sandbox", "sbx_1" + caller.organizationId(), "started")
                .from("starting")
                .to("running")
                .alsoAbout("ses_1" + caller.organizationId()));
        List<Event> shown =
                events.readAbout(caller.organizationId(), "ses_1" + caller.organizationId(), Optional.empty(), 10);
        assertThat(shown).singleElement().satisfies(event -> {
            assertThat(event.subjectType()).isEqualTo("sandbox");
            assertThat(event.from()).isEqualTo("starting");
            assertThat(event.code()).isNull();
        });
    }

    @Test
    void an_event_without_its_transaction_is_refused() {
        assertThatThrownBy(() -> events.append(caller, Change.of("x", "y", "z")))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void the_log_only_grows() {
        append(Change.of("x", "y" + caller.organizationId(), "z"));
        for (String change : List.of(
                "update events set detail = 'other' where organization_id = :id",
                "delete from events where organization_id = :id")) {
            assertThatThrownBy(() -> jdbc.sql(change)
                            .param("id", caller.organizationId())
                            .update())
                    .isInstanceOf(DataAccessException.class)
                    .hasMessageContaining("only grows");
        }
    }

    @Test
    void the_log_of_a_restored_database_is_seen_again() {
        append(Change.of("x", "y" + caller.organizationId(), "before"));
        jdbc.sql("update events set transaction = '900000000000' where organization_id = :id")
                .param("id", caller.organizationId())
                .update();
        assertThat(events.read(caller.organizationId(), Optional.empty(), 10)).isEmpty();
        transactions.executeWithoutResult(
                status -> assertThat(events.reorderAfterRestore()).isPositive());
        append(Change.of("x", "y" + caller.organizationId(), "after"));
        assertThat(events.read(caller.organizationId(), Optional.empty(), 10))
                .extracting(Event::action)
                .containsExactly("before", "after");
    }

    private void append(Change change) {
        transactions.executeWithoutResult(status -> events.append(caller, change));
    }

    private void write(int writer, int count) {
        Random random = new Random(writer);
        for (int i = 0; i < count; i++) {
            int number = i;
            transactions.executeWithoutResult(status -> {
                events.append(caller, Change.of("x", "y" + writer, "z").detail(writer + ":" + number));
                pause(random.nextInt(8));
            });
        }
    }

    /** Holds the transaction open for a moment, so that others overtake it. */
    private static void pause(int millis) {
        try {
            Thread.sleep(Duration.ofMillis(millis));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static int number(String detail) {
        return Integer.parseInt(detail.substring(detail.indexOf(':') + 1));
    }
}
