package dev.sandkeep.server.platform;

import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * Wakes those who wait for a change that this server makes. A hint, never the truth: waiters look into the database
 * themselves, and also after a time, because another server may have made the change.
 *
 * <pre>{@code
 * long seen = signals.version(jobId);      // before looking
 * while (!look()) {
 *     signals.await(jobId, seen, Duration.ofSeconds(1));
 *     seen = signals.version(jobId);
 * }
 * }</pre>
 */
public final class Signals {
    private static final int STRIPES = 256;

    private final Stripe[] stripes = new Stripe[STRIPES];
    private volatile boolean closed;

    public Signals() {
        for (int i = 0; i < STRIPES; i++) {
            stripes[i] = new Stripe();
        }
    }

    /** The count of changes to {@code topic} so far, and maybe to others that share its place. */
    public long version(String topic) {
        return stripe(topic).version();
    }

    /** Says that {@code topic} changed: after the commit of the present transaction, or now when there is none. */
    public void raise(String topic) {
        if (TransactionSynchronizationManager.isSynchronizationActive()) {
            TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {
                @Override
                public void afterCommit() {
                    stripe(topic).raise();
                }
            });
        } else {
            stripe(topic).raise();
        }
    }

    /**
     * Waits until {@code topic} changed after {@code seen} was read, at most {@code timeout}; returns at once when the server
     * shuts down.
     *
     * @throws InterruptedException when interrupted while waiting
     */
    public void await(String topic, long seen, Duration timeout) throws InterruptedException {
        if (!closed) {
            stripe(topic).await(seen, timeout);
        }
    }

    /** Whether the server shuts down: waiting is over for good. */
    public boolean closed() {
        return closed;
    }

    /** Ends all waiting, now and later. */
    public void close() {
        closed = true;
        for (Stripe stripe : stripes) {
            stripe.raise();
        }
    }

    private Stripe stripe(String topic) {
        return stripes[Math.floorMod(topic.hashCode(), STRIPES)];
    }

    private static final class Stripe {
        private final ReentrantLock lock = new ReentrantLock();
        private final Condition changed = lock.newCondition();
        private long version;

        long version() {
            lock.lock();
            try {
                return version;
            } finally {
                lock.unlock();
            }
        }

        void raise() {
            lock.lock();
            try {
                version++;
                changed.signalAll();
            } finally {
                lock.unlock();
            }
        }

        void await(long seen, Duration timeout) throws InterruptedException {
            long left = timeout.toNanos();
            lock.lockInterruptibly();
            try {
                while (version == seen && left > 0) {
                    left = changed.awaitNanos(left);
                }
            } finally {
                lock.unlock();
            }
        }
    }
}
