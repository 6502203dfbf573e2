package dev.sandkeep.server.snapshots;

import dev.sandkeep.server.platform.Signals;
import java.io.IOException;
import java.nio.file.FileStore;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;

/**
 * Watches over an attempt from outside and ends it when it must not go on: interrupts the thread that works on it, and says
 * why. Looks four times a second.
 */
final class JobGuard implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(JobGuard.class);
    private static final Duration INTERVAL = Duration.ofMillis(250);
    /** The row is read at every second look, and at once when this server is asked to cancel. */
    private static final long ROW_INTERVAL_NANOS = Duration.ofMillis(500).toNanos();

    private final Attempt attempt;
    private final SnapshotJobStore store;
    private final FileStore storage;
    private final long reserveBytes;
    private final Signals signals;
    private final Clock clock;
    private final Thread worker;
    private @Nullable Cause cause;
    private boolean closed;
    private long rowReadAt = System.nanoTime();

    /** Why an attempt must not go on. */
    enum Cause {
        /** Somebody asked for it. */
        CANCELED,
        /** The job's deadline has passed. */
        DEADLINE,
        /** Less space is left than what has to stay free. */
        STORAGE_FULL,
        /** A newer attempt exists, or the job is over: nothing that this one does counts. */
        FENCED
    }

    /**
     * Begins to watch over the calling thread.
     *
     * @param storage where the provider keeps what the build writes
     * @param reserveBytes what must stay free there
     */
    JobGuard(
            Attempt attempt,
            SnapshotJobStore store,
            FileStore storage,
            long reserveBytes,
            Signals signals,
            Clock clock) {
        this.attempt = attempt;
        this.store = store;
        this.storage = storage;
        this.reserveBytes = reserveBytes;
        this.signals = signals;
        this.clock = clock;
        this.worker = Thread.currentThread();
        Thread.ofVirtual().name("guard-" + attempt.jobId()).start(this::watch);
    }

    /** The {@link Signals} topic that makes a guard look at once. */
    static String topic(String jobId) {
        return "cancel:" + jobId;
    }

    /** Why the attempt must not go on; empty while it may. */
    synchronized Optional<Cause> cause() {
        return Optional.ofNullable(cause);
    }

    /** Whether less than the reserve is free now. */
    boolean storageIsFull() {
        try {
            return storage.getUsableSpace() < reserveBytes;
        } catch (IOException e) {
            LOG.warn("event=free_space_unknown job={} cause=\"{}\"", attempt.jobId(), e.getMessage());
            return false;
        }
    }

    private void watch() {
        String topic = topic(attempt.jobId());
        try {
            while (!isClosed()) {
                long seen = signals.version(topic);
                Optional<Cause> found = look();
                if (found.isPresent()) {
                    end(found.get());
                    return;
                }
                signals.await(topic, seen, INTERVAL);
                if (signals.closed()) {
                    Thread.sleep(INTERVAL);
                }
                if (signals.version(topic) != seen) {
                    rowReadAt = System.nanoTime() - ROW_INTERVAL_NANOS;
                }
            }
        } catch (InterruptedException closed) {
            Thread.currentThread().interrupt();
        }
    }

    private Optional<Cause> look() {
        if (clock.instant().isAfter(attempt.deadline())) {
            return Optional.of(Cause.DEADLINE);
        }
        if (storageIsFull()) {
            return Optional.of(Cause.STORAGE_FULL);
        }
        if (System.nanoTime() - rowReadAt < ROW_INTERVAL_NANOS) {
            return Optional.empty();
        }
        rowReadAt = System.nanoTime();
        try {
            SnapshotJobStore.Watch row = store.watch(attempt);
            if (!row.mine()) {
                return Optional.of(Cause.FENCED);
            }
            return row.cancelRequested() ? Optional.of(Cause.CANCELED) : Optional.empty();
        } catch (DataAccessException unknown) {
            LOG.warn("event=job_watch_failed job={} cause=\"{}\"", attempt.jobId(), unknown.getMessage());
            return Optional.empty();
        }
    }

    private synchronized boolean isClosed() {
        return closed;
    }

    private synchronized void end(Cause found) {
        if (!closed) {
            cause = found;
            worker.interrupt();
        }
    }

    /**
     * Ends the watch: from now on the worker is not interrupted; an interruption that came before is cleared. The watcher goes
     * by itself at its next look, because interrupting it might break a database connection.
     */
    @Override
    public synchronized void close() {
        closed = true;
        if (cause != null && Thread.currentThread().equals(worker)) {
            Thread.interrupted();
        }
    }
}
