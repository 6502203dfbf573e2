package dev.sandkeep.server.sessions;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.transaction.TransactionException;

/**
 * Lets the driver work on rows, each on a virtual thread of its own, and knows which ones it works on. Work outlives the request
 * that began it.
 */
final class SandboxWork {
    private static final Logger LOG = LoggerFactory.getLogger(SandboxWork.class);

    private final SandboxDriver driver;
    private final SandboxLeases leases;
    private final SandboxMeter meter;
    private final Map<String, Piece> going = new ConcurrentHashMap<>();

    SandboxWork(SandboxDriver driver, SandboxLeases leases, SandboxMeter meter) {
        this.driver = driver;
        this.leases = leases;
        this.meter = meter;
    }

    /** One piece of work that was begun. */
    static final class Piece {
        private final CountDownLatch ended = new CountDownLatch(1);
        private volatile @Nullable Sandbox result;
        private volatile @Nullable Thread thread;

        /**
         * Waits for the row to come to rest.
         *
         * @return the row at rest; empty when {@code patience} passed, or when somebody else has it now
         */
        Optional<Sandbox> await(Duration patience) throws InterruptedException {
            return ended.await(patience.toMillis(), TimeUnit.MILLISECONDS)
                    ? Optional.ofNullable(result)
                    : Optional.empty();
        }
    }

    /** Begins to work on a row whose lease was just taken. */
    Piece begin(Task task, Optional<StartSlots.Slot> slot) {
        String id = task.sandbox().id();
        Piece piece = new Piece();
        going.compute(id, (any, before) -> {
            if (before != null) {
                // The row was taken from it, so it can have no effect any more but to be in the way.
                interrupt(before);
            }
            leases.hold(task.sandbox());
            return piece;
        });
        Thread thread =
                Thread.ofVirtual().name("sandbox-" + id).unstarted(meter.carry(() -> work(id, piece, task, slot)));
        piece.thread = thread;
        thread.start();
        return piece;
    }

    /** As {@link #begin(Task, Optional)}, with everything read anew. */
    Piece begin(Sandbox row) {
        return begin(driver.load(row), Optional.empty());
    }

    private void work(String id, Piece piece, Task task, Optional<StartSlots.Slot> slot) {
        try {
            piece.result = driver.drive(task, slot);
        } catch (SandboxMoved moved) {
            LOG.info("event=sandbox_left_to_others sandbox={}", id);
        } catch (InterruptedException e) {
            LOG.info("event=sandbox_work_interrupted sandbox={}", id);
        } catch (DataAccessException | TransactionException e) {
            LOG.warn("event=sandbox_work_suspended sandbox={} cause=\"{}\"", id, e.getMessage());
        } catch (RuntimeException e) {
            LOG.error("event=sandbox_work_failed sandbox={}", id, e);
        } finally {
            going.computeIfPresent(id, (any, current) -> {
                if (current == piece) {
                    leases.drop(id);
                    return null;
                }
                return current;
            });
            piece.ended.countDown();
        }
    }

    /** What this server does for a row, if anything. */
    Optional<Piece> of(String sandbox) {
        return Optional.ofNullable(going.get(sandbox));
    }

    /** Ends the work on a row that was taken from it. */
    void abandon(String sandbox) {
        of(sandbox).ifPresent(SandboxWork::interrupt);
    }

    /** Ends all work, without waiting for more than {@code patience}. */
    void close(Duration patience) throws InterruptedException {
        long until = System.nanoTime() + patience.toNanos();
        for (Piece piece : going.values()) {
            piece.ended.await(Math.max(0, until - System.nanoTime()), TimeUnit.NANOSECONDS);
        }
        going.values().forEach(SandboxWork::interrupt);
    }

    private static void interrupt(Piece piece) {
        Thread thread = piece.thread;
        if (thread != null) {
            thread.interrupt();
        }
    }
}
