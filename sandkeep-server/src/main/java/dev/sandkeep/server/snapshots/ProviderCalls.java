package dev.sandkeep.server.snapshots;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.Supplier;

/** Calls a provider on a thread of its own, so that a caller who is interrupted need not wait for a call that hangs. */
final class ProviderCalls {
    private ProviderCalls() {}

    /**
     * Calls, and waits for the answer.
     *
     * @throws InterruptedException when the caller is interrupted; the call is interrupted too, and left to itself
     */
    static <T> T call(String name, Supplier<T> call) throws InterruptedException {
        FutureTask<T> task = new FutureTask<>(call::get);
        Thread.ofVirtual().name("provider-" + name).start(task);
        try {
            return task.get();
        } catch (InterruptedException e) {
            task.cancel(true);
            throw e;
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case RuntimeException failure -> throw failure;
                case Error error -> throw error;
                case null, default -> throw new IllegalStateException(e.getCause());
            }
        }
    }
}
