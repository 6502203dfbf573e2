package dev.sandkeep.linux.kernel;

import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Calls that may wait in the kernel for long.
 *
 * <p>A virtual thread that waits in native code, or in a read of a pipe, keeps its carrier, of which there are as many as
 * processors: a few such calls stop every other virtual thread. So a virtual thread hands the call to a platform thread and
 * waits for it without a carrier.
 */
public final class Blocking {
    private static final ExecutorService PLATFORM_THREADS = Executors.newCachedThreadPool(
            Thread.ofPlatform().daemon().name("sandkeep-blocking-", 0).factory());

    private Blocking() {}

    /**
     * Makes {@code call} where it may block.
     *
     * @throws Exception what {@code call} throws, or {@link InterruptedException} when interrupted while it still runs; it is
     *     interrupted then, but its outcome is not known
     */
    static <T> T call(Callable<T> call) throws Exception {
        if (!Thread.currentThread().isVirtual()) {
            return call.call();
        }
        Future<T> answer = PLATFORM_THREADS.submit(call);
        try {
            return answer.get();
        } catch (InterruptedException e) {
            answer.cancel(true);
            throw e;
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case Exception cause -> throw cause;
                case Error cause -> throw cause;
                case null, default -> throw e;
            }
        }
    }

    /** As {@link #call}, for a call that throws nothing checked; an interruption is kept for the caller to see. */
    static void run(Runnable action) {
        try {
            call(() -> {
                action.run();
                return true;
            });
        } catch (RuntimeException e) {
            throw e;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for the kernel", e);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * As {@link #run}, for what must not go on unwatched: an interruption is kept, and seen by the caller only when
     * {@code action} has ended.
     */
    public static void runToEnd(Runnable action) {
        if (!Thread.currentThread().isVirtual()) {
            action.run();
            return;
        }
        awaitEnd(
                PLATFORM_THREADS.submit(() -> {
                    action.run();
                    return true;
                }),
                () -> {});
    }

    /**
     * Waits for the end of {@code task}, also when interrupted: the interruption is told to {@code interrupted}, and kept for the
     * caller to see.
     *
     * @return what {@code task} returned; what it threw unchecked is thrown
     */
    static <T> T awaitEnd(Future<T> task, Runnable interrupted) {
        boolean wasInterrupted = false;
        try {
            while (true) {
                try {
                    return task.get();
                } catch (InterruptedException e) {
                    wasInterrupted = true;
                    interrupted.run();
                } catch (ExecutionException e) {
                    switch (e.getCause()) {
                        case RuntimeException cause -> throw cause;
                        case Error cause -> throw cause;
                        case null, default -> throw new IllegalStateException(e);
                    }
                }
            }
        } finally {
            if (wasInterrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
