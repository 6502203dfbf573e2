package dev.sandkeep.server.computes;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads one output of a command on a thread of its own and hands on what comes.
 *
 * <p>An output ends when the command and everything that inherited it have ended; something that was left in the background may
 * keep it open for ever. So {@link #awaitRest} waits for what there still is to read, and not for the end.
 */
public final class CommandOutput {
    private static final Logger LOG = LoggerFactory.getLogger(CommandOutput.class);
    private static final int BUFFER = 32 * 1024;
    /** How long nothing may come, after the command's own end, before nothing more is expected. */
    private static final long SILENCE_NANOS = Duration.ofSeconds(1).toNanos();

    private static final Duration LOOK = Duration.ofMillis(50);
    private static final long NOT_WAITING = Long.MAX_VALUE;

    private final Thread reader;
    /** Since when it waits for more; {@link #NOT_WAITING} while it hands on what came. */
    private volatile long waitingSince = NOT_WAITING;

    /** Where the bytes go. */
    public interface Sink {
        /**
         * Takes {@code length} bytes; may block, and so slow the command down.
         *
         * @return false when nothing more is wanted
         */
        boolean take(byte[] bytes, int length) throws IOException;

        /** Nothing more comes. */
        default void end() {}
    }

    /** Begins to read; {@code from} is closed at its end. */
    public CommandOutput(String name, InputStream from, Sink sink) {
        reader = Thread.ofVirtual().name(name).start(() -> read(from, sink));
    }

    private void read(InputStream from, Sink sink) {
        byte[] buffer = new byte[BUFFER];
        try (from) {
            int length = await(from, buffer);
            while (length >= 0 && sink.take(buffer, length)) {
                length = await(from, buffer);
            }
        } catch (IOException closed) {
            LOG.debug("event=command_output_closed", closed);
        } finally {
            sink.end();
        }
    }

    private int await(InputStream from, byte[] buffer) throws IOException {
        waitingSince = System.nanoTime();
        try {
            return from.read(buffer);
        } finally {
            waitingSince = NOT_WAITING;
        }
    }

    /** After the command has ended: waits until everything that it wrote was handed on. */
    public void awaitRest() throws InterruptedException {
        while (!reader.join(LOOK)) {
            long since = waitingSince;
            if (since != NOT_WAITING && System.nanoTime() - since > SILENCE_NANOS) {
                return;
            }
        }
    }
}
