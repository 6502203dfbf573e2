package dev.sandkeep.bench;

import dev.sandkeep.cli.client.Failure;
import dev.sandkeep.cli.terminal.Terminal;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * What a benchmark made and has to remove, newest first. An interrupt (Ctrl-C, SIGTERM) interrupts the benchmark's thread
 * and lets it clean up before the process ends.
 */
final class Leftovers implements AutoCloseable {
    private static final Duration CLEANING_TAKES_AT_MOST = Duration.ofMinutes(2);

    private final Terminal terminal;
    private final Deque<Runnable> removals = new ArrayDeque<>();
    private final Thread onInterrupt;

    /** Begins to watch over the calling thread. */
    Leftovers(Terminal terminal) {
        this.terminal = terminal;
        Thread benchmark = Thread.currentThread();
        this.onInterrupt = new Thread(() -> {
            benchmark.interrupt();
            try {
                benchmark.join(CLEANING_TAKES_AT_MOST.toMillis());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        Runtime.getRuntime().addShutdownHook(onInterrupt);
    }

    /** Remembers what has to be done at the end. Note it before making the thing; removing nothing must be harmless. */
    void removeLater(Runnable removal) {
        removals.push(removal);
    }

    /** Removes everything; what cannot be removed is said, and the rest goes on. */
    @Override
    public void close() {
        // The interrupt has done its work when this runs; left set, it would stop the removals as well.
        boolean interrupted = Thread.interrupted();
        if (interrupted) {
            terminal.note("interrupted; cleaning up");
        }
        while (!removals.isEmpty()) {
            try {
                removals.pop().run();
            } catch (Failure e) {
                terminal.note("could not clean up: " + e.sentence());
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        } else {
            Runtime.getRuntime().removeShutdownHook(onInterrupt);
        }
    }
}
