package dev.sandkeep.linux.files;

import dev.sandkeep.linux.kernel.FileLock;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Locks by name, among the threads of this process and among processes that use the same directory. The kernel lets go of a
 * dead process's locks.
 *
 * <p>Names share {@value #STRIPES} lock files, so that the directory does not grow and no file is ever removed under a
 * waiter. Two names may therefore wait for each other now and then: nobody may take a second lock while holding one.
 */
public final class NameLock {
    private static final int STRIPES = 1024;
    /** The longest that a holder works: capturing flushes, building a base image downloads. */
    private static final Duration PATIENCE = Duration.ofMinutes(35);

    private final Path directory;
    private final ReentrantLock[] threads = new ReentrantLock[STRIPES];

    /** Uses {@code directory}, which is made when absent, for the lock files. */
    public NameLock(Path directory) {
        this.directory = directory;
        for (int i = 0; i < STRIPES; i++) {
            threads[i] = new ReentrantLock();
        }
        try {
            Files.createDirectories(directory);
        } catch (IOException e) {
            throw new UncheckedIOException(directory + " could not be made", e);
        }
    }

    /** A lock that is held until it is closed, by the thread that took it. */
    public interface Held extends AutoCloseable {
        @Override
        void close();
    }

    /** Waits for the lock {@code name} and takes it. */
    public Held hold(String name) {
        int stripe = Math.floorMod(name.hashCode(), STRIPES);
        ReentrantLock lock = threads[stripe];
        if (lock.isHeldByCurrentThread()) {
            throw new IllegalStateException("a second lock taken under the first: " + name);
        }
        lock.lock();
        boolean held = false;
        try {
            FileLock file = FileLock.take(directory.resolve(Integer.toString(stripe)), PATIENCE)
                    .orElseThrow(() -> new IllegalStateException(directory + " is gone"));
            held = true;
            return () -> release(lock, file);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for lock " + name, e);
        } finally {
            if (!held) {
                lock.unlock();
            }
        }
    }

    private static void release(ReentrantLock lock, FileLock file) {
        try {
            file.close();
        } finally {
            lock.unlock();
        }
    }
}
