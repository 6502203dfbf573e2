package dev.sandkeep.server.platform.telemetry;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.DoubleSupplier;

/**
 * Counts and times what happens, under the names of {@link Metric}. Never fails and never waits: what it is told costs the caller
 * less than a microsecond or two.
 */
public final class Metrics {
    private final MeterRegistry registry;
    private final Map<Series, Counter> counters = new ConcurrentHashMap<>();
    private final Map<Series, Timer> timers = new ConcurrentHashMap<>();

    private record Series(Metric metric, List<String> values) {}

    /** Keeps everything in {@code registry}. Series whose labels are known begin at zero, so that rates see the first event. */
    Metrics(MeterRegistry registry) {
        this.registry = registry;
        for (Metric metric : Metric.values()) {
            if (metric.group() == Metric.Group.SERVER
                    && metric.labels().stream().allMatch(Label::closed)) {
                combinations(metric.labels()).forEach(values -> begin(new Series(metric, values)));
            }
        }
    }

    /** One more. */
    public void count(Metric metric, String... labels) {
        count(metric, 1, labels);
    }

    /** So many more. */
    public void count(Metric metric, int more, String... labels) {
        counters.computeIfAbsent(series(metric, labels), this::counter).increment(more);
    }

    /** Something took so long. */
    public void took(Metric metric, Duration time, String... labels) {
        timers.computeIfAbsent(series(metric, labels), this::timer).record(time);
    }

    /** Something took from {@code since}, a {@link System#nanoTime}, until now. */
    public void tookSince(long since, Metric metric, String... labels) {
        took(metric, Duration.ofNanos(System.nanoTime() - since), labels);
    }

    /** From now on the value of a series is what {@code value} answers whenever it is looked at; NaN while that is not known. */
    public void show(Metric metric, DoubleSupplier value, String... labels) {
        Series series = series(metric, labels);
        if (metric.kind() == Metric.Kind.COUNTER) {
            FunctionCounter.builder(metric.dotted(), value, DoubleSupplier::getAsDouble)
                    .description(metric.sentence())
                    .tags(tags(series))
                    .register(registry);
        } else {
            Gauge.builder(metric.dotted(), value, DoubleSupplier::getAsDouble)
                    .strongReference(true)
                    .description(metric.sentence())
                    .tags(tags(series))
                    .register(registry);
        }
    }

    private void begin(Series series) {
        switch (series.metric().kind()) {
            case COUNTER -> counters.computeIfAbsent(series, this::counter);
            case TIMER -> timers.computeIfAbsent(series, this::timer);
            case GAUGE -> {}
        }
    }

    private Counter counter(Series series) {
        return Counter.builder(series.metric().dotted())
                .description(series.metric().sentence())
                .tags(tags(series))
                .register(registry);
    }

    private Timer timer(Series series) {
        return Timer.builder(series.metric().dotted())
                .description(series.metric().sentence())
                .tags(tags(series))
                .serviceLevelObjectives(Metric.BUCKETS.toArray(Duration[]::new))
                .register(registry);
    }

    private static Series series(Metric metric, String... labels) {
        List<Label> known = metric.labels();
        if (labels.length != known.size()) {
            throw new IllegalArgumentException(metric + " has " + known.size() + " labels");
        }
        List<String> values = new ArrayList<>(labels.length);
        for (int i = 0; i < labels.length; i++) {
            values.add(known.get(i).checked(labels[i]));
        }
        return new Series(metric, values);
    }

    private static Tags tags(Series series) {
        List<Tag> tags = new ArrayList<>();
        for (int i = 0; i < series.values().size(); i++) {
            tags.add(Tag.of(
                    series.metric().labels().get(i).name(), series.values().get(i)));
        }
        return Tags.of(tags);
    }

    private static List<List<String>> combinations(List<Label> labels) {
        List<List<String>> all = List.of(List.of());
        for (Label label : labels) {
            List<List<String>> longer = new ArrayList<>();
            for (List<String> shorter : all) {
                for (String value : label.values()) {
                    List<String> values = new ArrayList<>(shorter);
                    values.add(value);
                    longer.add(values);
                }
            }
            all = longer;
        }
        return all;
    }
}
