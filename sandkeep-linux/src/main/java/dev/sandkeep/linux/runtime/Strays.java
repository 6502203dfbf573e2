package dev.sandkeep.linux.runtime;

import dev.sandkeep.linux.kernel.AdoptedProcess;
import java.time.Duration;
import java.util.concurrent.Semaphore;

/**
 * Clears up soon after a runtime that may have left helpers behind, once for all that ended meanwhile. What is left belongs to this
 * process as a whole, and so there is one of these.
 */
final class Strays {
    /** Helpers end a moment after the runtime, and nobody is in a hurry. */
    private static final Duration PAUSE = Duration.ofMillis(500);

    private static final Strays OF_THIS_PROCESS = new Strays();

    private final Semaphore expected = new Semaphore(0);

    private Strays() {
        Thread.ofPlatform().daemon().name("sandkeep-strays").start(this::clearUp);
    }

    /** A runtime has ended. */
    static void expect() {
        OF_THIS_PROCESS.expected.release();
    }

    private void clearUp() {
        try {
            while (true) {
                expected.acquire();
                Thread.sleep(PAUSE);
                expected.drainPermits();
                AdoptedProcess.reapStrays();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
