package dev.sandkeep.server.sessions;

import dev.sandkeep.spi.ExecProcess;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * When sandboxes were last used through this server. Kept in memory and written down in batches, so that a command costs no
 * statement more. A command that runs is use, whatever it says.
 */
final class Activity {
    private final SandboxStore store;
    private final Clock clock;
    private final Map<String, Instant> unwritten = new ConcurrentHashMap<>();
    private final Map<String, Integer> running = new ConcurrentHashMap<>();

    Activity(SandboxStore store, Clock clock) {
        this.store = store;
        this.clock = clock;
    }

    /** Notes that somebody uses it now. */
    void used(String sandbox) {
        unwritten.put(sandbox, clock.instant());
    }

    /** When it was used, as far as that is not written down yet. */
    Optional<Instant> unwritten(String sandbox) {
        return running.containsKey(sandbox)
                ? Optional.of(clock.instant())
                : Optional.ofNullable(unwritten.get(sandbox));
    }

    /** Writes down what happened since the last time. */
    void flush() {
        Instant now = clock.instant();
        running.keySet().forEach(sandbox -> unwritten.put(sandbox, now));
        Map<String, Instant> batch = new HashMap<>(unwritten);
        if (!batch.isEmpty()) {
            store.used(batch);
            batch.forEach(unwritten::remove);
        }
    }

    /** A command that counts as use as long as it runs. */
    ExecProcess watched(String sandbox, ExecProcess process) {
        used(sandbox);
        running.merge(sandbox, 1, Integer::sum);
        return new Watched(sandbox, process);
    }

    private void ended(String sandbox) {
        used(sandbox);
        running.computeIfPresent(sandbox, (any, count) -> count == 1 ? null : count - 1);
    }

    private final class Watched implements ExecProcess {
        private final String sandbox;
        private final ExecProcess process;
        private final AtomicBoolean over = new AtomicBoolean();

        private Watched(String sandbox, ExecProcess process) {
            this.sandbox = sandbox;
            this.process = process;
        }

        @Override
        public OutputStream stdin() {
            return process.stdin();
        }

        @Override
        public InputStream stdout() {
            return new Noting(process.stdout());
        }

        @Override
        public InputStream stderr() {
            return new Noting(process.stderr());
        }

        @Override
        public void signal(int number) {
            process.signal(number);
        }

        @Override
        public OptionalInt waitFor(Duration timeout) throws InterruptedException {
            OptionalInt exit = process.waitFor(timeout);
            if (exit.isPresent()) {
                end();
            }
            return exit;
        }

        @Override
        public void close() {
            try {
                process.close();
            } finally {
                end();
            }
        }

        private void end() {
            if (over.compareAndSet(false, true)) {
                ended(sandbox);
            }
        }

        /** Output is use, also that of what a command left in the background. */
        private final class Noting extends FilterInputStream {
            private Noting(InputStream from) {
                super(from);
            }

            @Override
            public int read() throws IOException {
                int one = super.read();
                if (one >= 0) {
                    used(sandbox);
                }
                return one;
            }

            @Override
            public int read(byte[] into, int offset, int length) throws IOException {
                int count = super.read(into, offset, length);
                if (count > 0) {
                    used(sandbox);
                }
                return count;
            }
        }
    }
}
