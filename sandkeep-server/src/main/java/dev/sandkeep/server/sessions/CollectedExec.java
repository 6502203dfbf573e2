package dev.sandkeep.server.sessions;

import dev.sandkeep.server.computes.CommandOutput;
import dev.sandkeep.spi.ExecProcess;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
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
    private static final int SIGTERM = 15;
    private static final int KILLED = 137;
    private static final Duration GRACE = Duration.ofSeconds(5);

    private CollectedExec() {}

    /** Keeps the beginning of one output. */
    private static final class Kept implements CommandOutput.Sink {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private boolean truncated;

        @Override
        public synchronized boolean take(byte[] more, int length) {
            int room = Math.min(length, LIMIT - bytes.size());
            bytes.write(more, 0, room);
            truncated |= room < length;
            return true;
        }

        private synchronized String text() {
            return bytes.toString(StandardCharsets.UTF_8);
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
            Kept stdout = new Kept();
            Kept stderr = new Kept();
            CommandOutput readingStdout = new CommandOutput("stdout", process.stdout(), stdout);
            CommandOutput readingStderr = new CommandOutput("stderr", process.stderr(), stderr);
            feed(process.stdin(), stdin);
            OptionalInt exitCode = process.waitFor(timeout);
            boolean timedOut = exitCode.isEmpty();
            if (timedOut) {
                process.signal(SIGTERM);
                exitCode = process.waitFor(GRACE);
            }
            long took = System.nanoTime() - began;
            readingStdout.awaitRest();
            readingStderr.awaitRest();
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

    private static void feed(OutputStream to, String text) {
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
