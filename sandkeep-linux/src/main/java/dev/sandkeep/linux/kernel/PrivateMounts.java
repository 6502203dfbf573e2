package dev.sandkeep.linux.kernel;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A mount namespace that belongs to this process: what is mounted in it is seen by nobody else and ends with the process, however
 * that ends. Mounts that the host makes later appear in it where the host shares them, as systemd does.
 *
 * <p>A namespace of mounts is entered by a thread, not by a process: a thread that no longer shares its root and working
 * directory with the others ({@code unshare(CLONE_FS)}) may go where it likes, and its children are born where it is. So
 * the namespace has threads of its own, and whoever needs it lets them {@link #call} what is to be done there.
 */
public final class PrivateMounts implements AutoCloseable {
    private static final int CLONE_FS = 0x200;
    private static final int CLONE_NEWNS = 0x20000;
    private static final String OWN = "/proc/thread-self/ns/mnt";

    private final ExecutorService threads = Executors.newCachedThreadPool(
            Thread.ofPlatform().daemon().name("sandkeep-mounts-", 0).factory());
    private final ThreadLocal<Boolean> inside = ThreadLocal.withInitial(() -> false);
    private final Descriptor namespace;

    /**
     * Makes the namespace, as a copy of this process's own.
     *
     * @param hidden directories that are to be empty in it
     */
    public PrivateMounts(List<Path> hidden) {
        this.namespace = wait(new Visit<>(() -> {
            SystemCall.UNSHARE.call("mounts", CLONE_FS | CLONE_NEWNS);
            Mounts.receiveOnly();
            hidden.forEach(Mounts::hide);
            inside.set(true);
            return Mounts.openNamespace(OWN);
        }));
    }

    /**
     * Does {@code action} in the namespace and waits for its end, also when interrupted: the interruption is handed on, and
     * {@code action} decides what comes of it.
     */
    public <T> T call(Supplier<T> action) {
        if (inside.get()) {
            return action.get();
        }
        return wait(new Visit<>(() -> {
            if (!inside.get()) {
                SystemCall.UNSHARE.call("root and working directory", CLONE_FS);
                SystemCall.SETNS.call("mounts", namespace.number(), CLONE_NEWNS);
                inside.set(true);
            }
            return action.get();
        }));
    }

    private <T> T wait(Visit<T> visit) {
        threads.execute(visit);
        return Blocking.awaitEnd(visit.result, visit::interrupt);
    }

    /** Something to be done by one of the threads, which can be interrupted at it and at nothing else. */
    private static final class Visit<T> implements Runnable {
        private final FutureTask<T> result;
        private @Nullable Thread thread;
        private boolean interrupted;

        private Visit(Supplier<T> action) {
            this.result = new FutureTask<>(action::get);
        }

        @Override
        public void run() {
            arrive();
            try {
                result.run();
            } finally {
                leave();
            }
        }

        private synchronized void arrive() {
            thread = Thread.currentThread();
            if (interrupted) {
                thread.interrupt();
            }
        }

        private synchronized void leave() {
            thread = null;
            boolean _ = Thread.interrupted();
        }

        private synchronized void interrupt() {
            interrupted = true;
            if (thread != null) {
                thread.interrupt();
            }
        }
    }

    /** Lets the namespace go; it lives on while a thread or process is in it. */
    @Override
    public void close() {
        threads.shutdown();
        namespace.close();
    }
}
