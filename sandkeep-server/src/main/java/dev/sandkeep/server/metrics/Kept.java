package dev.sandkeep.server.metrics;

import java.time.Duration;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** An answer that many figures are taken from: made anew when it is asked for and a few seconds old. */
final class Kept<T> {
    /** Longer than one reading of all metrics takes, shorter than the time between two. */
    private static final long FRESH = Duration.ofSeconds(3).toNanos();

    private final Supplier<T> making;
    private @Nullable T answer;
    private long madeAt;

    Kept(Supplier<T> making) {
        this.making = making;
    }

    synchronized T get() {
        T present = answer;
        if (present == null || System.nanoTime() - madeAt > FRESH) {
            present = making.get();
            answer = present;
            madeAt = System.nanoTime();
        }
        return present;
    }
}
