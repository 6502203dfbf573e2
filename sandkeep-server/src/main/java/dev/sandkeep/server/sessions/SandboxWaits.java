package dev.sandkeep.server.sessions;

import dev.sandkeep.server.platform.Signals;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.function.Predicate;

/** Waits for changes of rows that this or another server makes. */
final class SandboxWaits {
    private static final Duration POLL = Duration.ofSeconds(1);

    private final SandboxStore sandboxes;
    private final Signals signals;
    private final Clock clock;

    SandboxWaits(SandboxStore sandboxes, Signals signals, Clock clock) {
        this.sandboxes = sandboxes;
        this.signals = signals;
        this.clock = clock;
    }

    /** Whether nobody works on it and nothing is to be done. */
    static boolean settled(Sandbox row) {
        return row.state().atRest() && row.leaseOwner().isEmpty();
    }

    /** The row as it is now. */
    Sandbox read(Sandbox row) {
        return sandboxes.find(row.id()).orElse(row);
    }

    /** How long it is until then. */
    Duration left(Instant until) {
        return Duration.between(clock.instant(), until);
    }

    /** Waits until the row is {@code enough}, for at most {@code patience}; answers it as it is then. */
    Sandbox await(Sandbox row, Duration patience, Predicate<Sandbox> enough) throws InterruptedException {
        long until = System.nanoTime() + patience.toNanos();
        while (true) {
            long seen = signals.version(row.id());
            Sandbox now = read(row);
            long left = until - System.nanoTime();
            if (enough.test(now) || left <= 0 || signals.closed()) {
                return now;
            }
            signals.await(row.id(), seen, Duration.ofNanos(Math.min(left, POLL.toNanos())));
        }
    }
}
