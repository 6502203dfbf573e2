package dev.sandkeep.server.sessions;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * How many sandboxes this server starts at the same time. A hundred starts at once on two processors end sooner one after the
 * other than all together.
 */
final class StartSlots {
    private final Semaphore free;

    StartSlots(int count) {
        free = new Semaphore(count, true);
    }

    /** A place among those that start; closing it twice is closing it once. */
    final class Slot implements AutoCloseable {
        private boolean closed;

        private Slot() {}

        @Override
        public synchronized void close() {
            if (!closed) {
                closed = true;
                free.release();
            }
        }
    }

    /** A slot, when one is free and nobody waits for it. */
    Optional<Slot> tryTake() {
        try {
            // Without a time it would overtake those who wait.
            return free.tryAcquire(0, TimeUnit.SECONDS) ? Optional.of(new Slot()) : Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }

    /** Waits for a slot, at most {@code patience}. */
    Optional<Slot> take(Duration patience) throws InterruptedException {
        return free.tryAcquire(Math.max(0, patience.toMillis()), TimeUnit.MILLISECONDS)
                ? Optional.of(new Slot())
                : Optional.empty();
    }
}
