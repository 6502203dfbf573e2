package dev.sandkeep.bench;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Times of one kind, measured one after the other. */
final class Samples {
    private final String what;
    private final List<Double> millis = new ArrayList<>();

    /** @param what names the row in the table */
    Samples(String what) {
        this.what = what;
    }

    String what() {
        return what;
    }

    void add(Duration took) {
        millis.add(took.toNanos() / 1e6);
    }

    int count() {
        return millis.size();
    }

    /** In milliseconds. */
    double p50() {
        return percentile(50);
    }

    /** In milliseconds. */
    double p95() {
        return percentile(95);
    }

    /** The smallest sample that at least {@code percent} of all do not exceed (nearest rank). */
    private double percentile(int percent) {
        List<Double> sorted = millis.stream().sorted().toList();
        int rank = (int) Math.ceil(percent / 100.0 * sorted.size());
        return sorted.get(Math.max(0, rank - 1));
    }
}
