package dev.sandkeep.server.platform;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Does the same with many things, so that one that hangs or fails does not keep the others waiting. What is not done within
 * the patience is interrupted and left.
 */
public final class InParallel {
    private static final Logger LOG = LoggerFactory.getLogger(InParallel.class);
    private static final int AT_A_TIME = 16;

    private InParallel() {}

    /** What is done with one thing. */
    @FunctionalInterface
    public interface Action<T> {
        /** Does it; a {@link RuntimeException} is logged. */
        void accept(T thing) throws InterruptedException;
    }

    /** Does {@code action} with each of {@code things}, for at most {@code patience} all together. */
    public static <T> void forEach(String name, Collection<T> things, Duration patience, Action<T> action)
            throws InterruptedException {
        if (things.isEmpty()) {
            return;
        }
        Semaphore turns = new Semaphore(AT_A_TIME);
        List<Callable<Boolean>> calls = things.stream()
                .<Callable<Boolean>>map(thing -> () -> one(name, turns, thing, action))
                .toList();
        // Not closed: that would wait for what hangs.
        ExecutorService threads = Executors.newThreadPerTaskExecutor(
                Thread.ofVirtual().name(name + "-", 0).factory());
        try {
            long left = threads.invokeAll(calls, patience.toMillis(), TimeUnit.MILLISECONDS).stream()
                    .filter(Future::isCancelled)
                    .count();
            if (left > 0) {
                LOG.warn("event=not_done_in_time what={} count={} patience={}", name, left, patience);
            }
        } finally {
            threads.shutdownNow();
        }
    }

    private static <T> boolean one(String name, Semaphore turns, T thing, Action<T> action)
            throws InterruptedException {
        turns.acquire();
        try {
            action.accept(thing);
            return true;
        } catch (RuntimeException e) {
            LOG.warn("event=one_of_many_failed what={} thing=\"{}\" cause=\"{}\"", name, thing, e.getMessage(), e);
            return false;
        } finally {
            turns.release();
        }
    }
}
