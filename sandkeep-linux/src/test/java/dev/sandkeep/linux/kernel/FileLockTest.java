package dev.sandkeep.linux.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sandkeep.spi.contract.Patience;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileLockTest {
    private static final Duration PATIENCE = Patience.seconds(30);

    @TempDir
    Path place;

    @Test
    void one_holds_it_at_a_time() throws InterruptedException {
        AtomicInteger inside = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        Thread[] threads = new Thread[8];
        for (int i = 0; i < threads.length; i++) {
            threads[i] = Thread.ofVirtual().start(() -> {
                for (int round = 0; round < 20; round++) {
                    try (FileLock held = take()) {
                        assertThat(held).isNotNull();
                        most.accumulateAndGet(inside.incrementAndGet(), Math::max);
                        assertThat(inside).hasValue(1);
                        inside.decrementAndGet();
                    }
                }
            });
        }
        for (Thread thread : threads) {
            assertThat(thread.join(PATIENCE)).isTrue();
        }
        assertThat(most).hasValue(1);
    }

    @Test
    void patience_has_an_end() throws InterruptedException {
        try (FileLock held = take()) {
            assertThat(held).isNotNull();
            assertThatThrownBy(() -> FileLock.take(place.resolve("lock"), Duration.ofMillis(10)))
                    .isInstanceOf(IllegalStateException.class);
        }
        take().close();
    }

    @Test
    void where_there_is_no_directory_there_is_no_lock() throws InterruptedException {
        assertThat(FileLock.take(place.resolve("gone/lock"), PATIENCE)).isEmpty();
    }

    @Test
    void a_waiter_whose_file_is_moved_away_does_not_get_the_old_one() throws Exception {
        Path directory = Files.createDirectory(place.resolve("volume"));
        FileLock held = FileLock.take(directory.resolve("lock"), PATIENCE).orElseThrow();
        Thread waiter = Thread.ofVirtual().start(() -> {
            try {
                assertThat(FileLock.take(directory.resolve("lock"), PATIENCE)).isEmpty();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        });
        AtomicInteger failures = new AtomicInteger();
        waiter.setUncaughtExceptionHandler((thread, thrown) -> failures.incrementAndGet());

        moveAway(directory);
        held.close();

        assertThat(waiter.join(PATIENCE)).isTrue();
        assertThat(failures).hasValue(0);
    }

    private void moveAway(Path directory) throws IOException {
        Files.move(directory, place.resolve("trash"));
    }

    private FileLock take() {
        try {
            return FileLock.take(place.resolve("lock"), PATIENCE).orElseThrow();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
