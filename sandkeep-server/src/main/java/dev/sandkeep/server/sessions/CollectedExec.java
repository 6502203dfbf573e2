package dev.sandkeep.server.sessions;

import dev.sandkeep.spi.ExecProcess;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.OptionalInt;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs a command to its end and keeps what it says, up to a limit; the rest is read and thrown away. */
public final class CollectedExec {
    /** Bytes that are kept of each output. */
    public static final int LIMIT = 1 << 20;

    private static final Logger LOG = LoggerFactory.getLogger(CollectedExec.class);
    private static final int BUFFER = 32 * 1024;
    private static final int SIGTERM = 15;
    private static final int KILLED = 137;
    private static final Duration GRACE = Duration.ofSeconds(5);
    /** For the last output of a command whose children keep its output open. */
    private static final Duration DRAIN = Duration.ofSeconds(2);

    private CollectedExec() {}

    /** Reads one output. */
    private static final class Output {
        private final ByteArrayOutputStream kept = new ByteArrayOutputStream();
        private final Thread reader;
        private boolean truncated;

        private Output(String name, InputStream from) {
            reader = Thread.ofVirtual().name(name).start(() -> {
                byte[] buffer = new byte[BUFFER];
                try (from) {
                    for (int length = from.read(buffer); length >= 0; length = from.read(buffer)) {
                        keep(buffer, length);
                    }
                } catch (IOException closed) {
                    LOG.debug("event=command_output_closed", closed);
                }
            });
        }

        private synchronized void keep(byte[] bytes, int length) {
            int room = Math.min(length, LIMIT - kept.size());
            kept.write(bytes, 0, room);
            truncated |= room < length;
        }

        private synchronized String text() {
            return kept.toString(StandardCharsets.UTF_8);
        }

        private synchronized boolean truncated() {
            return truncated;
        }
    }

    /**
     * Runs {@code process}, which is closed afterwards.
     *
     * @param stdin all that it can read
     * @param timeout after which it gets SIGTERM, and SIGKILL 5 s later
     */
    public static ExecResult run(ExecProcess process, String stdin, Duration timeout) throws InterruptedException {
        long began = System.nanoTime();
        try (process) {
            Output stdout = new Output("stdout", process.stdout());
            Output stderr = new Output("stderr", process.stderr());
            feed(process.stdin(), stdin);
            OptionalInt exitCode = process.waitFor(timeout);
            boolean timedOut = exitCode.isEmpty();
            if (timedOut) {
                process.signal(SIGTERM);
                exitCode = process.waitFor(GRACE);
            }
            long took = System.nanoTime() - began;
            stdout.reader.join(DRAIN);
            stderr.reader.join(DRAIN);
            return new ExecResult(
                    exitCode.orElse(KILLED),
                    stdout.text(),
                    stderr.text(),
                    stdout.truncated(),
                    stderr.truncated(),
                    Duration.ofNanos(took).toMillis(),
                    timedOut);
        }
    }

    private static void feed(OutputStream to, String text) throws InterruptedException {
        if (text.isEmpty()) {
            try {
                to.close();
            } catch (IOException unread) {
                LOG.debug("event=command_input_unread", unread);
            }
            return;
        }
        Thread.ofVirtual().name("stdin").start(() -> {
            try (to) {
                to.write(text.getBytes(StandardCharsets.UTF_8));
            } catch (IOException unread) {
                LOG.debug("event=command_input_unread", unread);
            }
        });
    }
}
