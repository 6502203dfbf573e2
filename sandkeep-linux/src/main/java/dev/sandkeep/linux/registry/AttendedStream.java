package dev.sandkeep.linux.registry;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Ends with an error when a read waits too long. The HTTP client watches over the beginning of an answer only; a server that falls
 * silent later would be waited for without end.
 */
final class AttendedStream extends FilterInputStream {
    private final long patienceNanos;
    private final Thread watch;
    private volatile long waitingSince;
    private volatile boolean waiting;
    private volatile boolean givenUp;

    /** @param patience how long one read may wait */
    AttendedStream(InputStream in, Duration patience) {
        super(in);
        this.patienceNanos = patience.toNanos();
        this.watch = Thread.ofVirtual().name("sandkeep-download-watch").start(this::watch);
    }

    private void watch() {
        try {
            while (!waiting || System.nanoTime() - waitingSince < patienceNanos) {
                Thread.sleep(Duration.ofNanos(patienceNanos / 8));
            }
            givenUp = true;
            in.close();
        } catch (InterruptedException closed) {
            Thread.currentThread().interrupt();
        } catch (IOException closed) {
            // The reader is told anyway.
            givenUp = true;
        }
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        waitingSince = System.nanoTime();
        waiting = true;
        try {
            int read = super.read(buffer, offset, length);
            if (givenUp) {
                throw silence(null);
            }
            return read;
        } catch (IOException e) {
            throw givenUp ? silence(e) : e;
        } finally {
            waiting = false;
        }
    }

    private IOException silence(@Nullable IOException cause) {
        return new IOException("nothing came for " + patienceNanos / 1_000_000_000L + " s", cause);
    }

    @Override
    public void close() throws IOException {
        watch.interrupt();
        super.close();
    }
}
