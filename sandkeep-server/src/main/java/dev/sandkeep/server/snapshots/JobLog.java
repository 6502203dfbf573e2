package dev.sandkeep.server.snapshots;

import dev.sandkeep.server.platform.Signals;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;

/**
 * Writes the lines of one attempt to the database: in batches, at the latest {@value #LATENCY_MILLIS} ms after they were said,
 * with a bounded number of them in memory. A command that says more than the database takes waits.
 *
 * <p>A job's log has a most. Of what comes after it, the newest lines of each phase are kept and written when the phase ends, after
 * a line that says how much is missing before them: the log is cut in the middle. What the job itself says ({@code system}) is
 * always written.
 *
 * <p>Safe for concurrent use.
 */
final class JobLog implements AutoCloseable {
    /** How many lines a failure shows. */
    static final int LAST_LINES = 20;

    private static final Logger LOG = LoggerFactory.getLogger(JobLog.class);
    private static final int LATENCY_MILLIS = 200;
    private static final int BATCH = 1000;
    private static final int QUEUE = 4096;
    private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(10);
    private static final Duration FLUSH_PATIENCE = Duration.ofSeconds(10);

    private final SnapshotJobStore store;
    private final Attempt attempt;
    private final LogMost most;
    private final Clock clock;
    private final Signals signals;
    private final BlockingQueue<JobLine> queue = new ArrayBlockingQueue<>(QUEUE);
    private final Deque<String> last = new ArrayDeque<>();
    private final Thread writer;

    private String phase = Phase.BASE_IMAGE.text();
    private long seq;
    private long lines;
    private long bytes;
    private final LogTail tail = new LogTail();
    private boolean saidThatItIsFull;
    private long written;
    private final Object writtenLock = new Object();
    private volatile boolean closing;
    private volatile boolean fenced;

    /**
     * Most of a job's log, all its attempts together.
     *
     * @param lines count
     * @param bytes of text in UTF-8
     */
    record LogMost(long lines, long bytes) {
        private static final long LINES_PER_MEBIBYTE = 5000;

        static LogMost ofMebibytes(int mebibytes) {
            return new LogMost(mebibytes * LINES_PER_MEBIBYTE, (long) mebibytes << 20);
        }
    }

    JobLog(SnapshotJobStore store, Attempt attempt, LogMost most, Clock clock, Signals signals) {
        this.store = store;
        this.attempt = attempt;
        this.most = most;
        this.clock = clock;
        this.signals = signals;
        this.seq = attempt.linesBefore();
        this.lines = attempt.linesBefore();
        this.bytes = attempt.lineBytesBefore();
        this.written = attempt.linesBefore();
        this.writer = Thread.ofVirtual().name("log-" + attempt.jobId()).start(this::write);
    }

    /** Lines from now on belong to {@code phase}. */
    synchronized void enter(Phase phase) throws InterruptedException {
        writeTail();
        this.phase = phase.text();
        last.clear();
    }

    /** Says something about the job itself. */
    void system(String text) throws InterruptedException {
        LineCutter cutter = new LineCutter(line -> putSystem(line));
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        cutter.take(utf8, utf8.length);
        cutter.finish();
        if (Thread.interrupted()) {
            throw new InterruptedException("while writing the log of " + attempt.jobId());
        }
    }

    private synchronized void putSystem(String line) {
        try {
            put("system", line);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Takes a line that a command wrote.
     *
     * @param stream {@code stdout} or {@code stderr}
     */
    synchronized void command(String stream, String text) throws InterruptedException {
        last.addLast(text);
        if (last.size() > LAST_LINES) {
            last.removeFirst();
        }
        long size = text.getBytes(StandardCharsets.UTF_8).length;
        if (lines + 1 > most.lines() || bytes + size > most.bytes()) {
            if (!saidThatItIsFull) {
                saidThatItIsFull = true;
                put(
                        "system",
                        "The log holds " + lines + " lines and " + bytes
                                + " bytes: of what follows in a phase only the last lines are kept, when it ends");
            }
            tail.add(new LogTail.Kept(clock.instant(), stream, text));
        } else {
            put(stream, text);
        }
    }

    /** Takes a line that the provider says while it works; from any thread. */
    void progress(String text) {
        LineCutter cutter = new LineCutter(line -> {
            try {
                command("stdout", line);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        cutter.take(utf8, utf8.length);
        cutter.finish();
    }

    /** The last lines that commands of this phase wrote. */
    synchronized List<String> lastLines() {
        return List.copyOf(last);
    }

    private void writeTail() throws InterruptedException {
        if (tail.isEmpty()) {
            return;
        }
        if (!tail.marker().isEmpty()) {
            put("system", tail.marker());
        }
        for (LogTail.Kept line : tail.drain()) {
            put(line.at(), line.stream(), line.text());
        }
    }

    private void put(String stream, String text) throws InterruptedException {
        put(clock.instant(), stream, text);
    }

    private void put(Instant at, String stream, String text) throws InterruptedException {
        if (fenced) {
            return;
        }
        seq++;
        lines++;
        bytes += text.getBytes(StandardCharsets.UTF_8).length;
        queue.put(new JobLine(seq, at, phase, stream, text));
    }

    private void write() {
        List<JobLine> batch = new ArrayList<>();
        while (!(closing && queue.isEmpty() && batch.isEmpty())) {
            try {
                if (batch.isEmpty()) {
                    collect(batch);
                }
                if (!batch.isEmpty()) {
                    fenced |= !store.append(attempt, batch);
                    signals.raise(attempt.jobId());
                    written(batch.getLast().seq());
                    batch.clear();
                }
            } catch (DataAccessException e) {
                LOG.warn(
                        "event=log_write_failed job={} lines={} cause={}",
                        attempt.jobId(),
                        batch.size(),
                        e.getMessage());
                pause();
            } catch (InterruptedException e) {
                LOG.warn("event=log_abandoned job={} lines={}", attempt.jobId(), batch.size() + queue.size());
                return;
            }
        }
    }

    private void written(long upTo) {
        synchronized (writtenLock) {
            written = upTo;
            writtenLock.notifyAll();
        }
    }

    /** Waits until everything that was said so far is in the database, so that nobody sees the job's end before its lines. */
    void flush() throws InterruptedException {
        long upTo;
        synchronized (this) {
            upTo = seq;
        }
        long until = System.nanoTime() + FLUSH_PATIENCE.toNanos();
        synchronized (writtenLock) {
            while (written < upTo && !fenced && System.nanoTime() < until) {
                writtenLock.wait(LATENCY_MILLIS);
            }
        }
    }

    private void collect(List<JobLine> batch) throws InterruptedException {
        JobLine first = queue.poll(LATENCY_MILLIS, TimeUnit.MILLISECONDS);
        if (first != null) {
            batch.add(first);
            queue.drainTo(batch, BATCH - 1);
        }
    }

    private void pause() {
        try {
            Thread.sleep(1000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Writes what is left. */
    @Override
    public void close() {
        boolean interrupted = Thread.interrupted();
        try {
            synchronized (this) {
                writeTail();
            }
            closing = true;
            if (!writer.join(CLOSE_PATIENCE)) {
                writer.interrupt();
            }
        } catch (InterruptedException e) {
            interrupted = true;
            writer.interrupt();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
