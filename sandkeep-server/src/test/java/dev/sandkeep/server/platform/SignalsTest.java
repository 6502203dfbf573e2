package dev.sandkeep.server.platform;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class SignalsTest {
    private final Signals signals = new Signals();

    @Test
    void a_change_between_looking_and_waiting_is_not_missed() throws InterruptedException {
        long seen = signals.version("a");
        signals.raise("a");
        signals.await("a", seen, Duration.ofHours(1));
        assertThat(signals.version("a")).isGreaterThan(seen);
    }

    @Test
    void a_waiter_is_woken_by_a_change() throws InterruptedException {
        long seen = signals.version("a");
        Thread raiser = Thread.ofVirtual().start(() -> signals.raise("a"));
        signals.await("a", seen, Duration.ofHours(1));
        raiser.join();
    }

    @Test
    void closing_wakes_everybody_for_good() throws InterruptedException {
        Thread closer = Thread.ofVirtual().start(signals::close);
        signals.await("a", signals.version("a"), Duration.ofHours(1));
        closer.join();
        signals.await("b", signals.version("b"), Duration.ofHours(1));
        assertThat(signals.closed()).isTrue();
    }
}
