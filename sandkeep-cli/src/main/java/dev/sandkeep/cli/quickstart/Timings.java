package dev.sandkeep.cli.quickstart;

import dev.sandkeep.cli.client.Json;
import dev.sandkeep.cli.terminal.Table;
import dev.sandkeep.cli.terminal.Terminal;
import dev.sandkeep.cli.terminal.Times;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** How long each step took, in order. */
public final class Timings {
    private final List<Entry> entries = new ArrayList<>();
    private Optional<Duration> bare = Optional.empty();
    private String runtime = "";

    private record Entry(String step, Duration took, String remark, boolean comparable) {}

    /** Notes a step. */
    void add(String step, Duration took, String remark) {
        entries.add(new Entry(step, took, remark, false));
    }

    /** Notes a step that does what the bare runtime does, and more. */
    void addComparable(String step, Duration took, String remark) {
        entries.add(new Entry(step, took, remark, true));
    }

    /** Notes what the bare runtime took. */
    void bare(String runtimeName, Duration median) {
        runtime = runtimeName;
        bare = Optional.of(median);
    }

    /** Prints the table. */
    public void print(Terminal terminal) {
        String column = bare.isPresent() ? "× BARE " + runtime.toUpperCase(Locale.ROOT) + " RUN" : "";
        Table table = new Table("STEP", "TOOK", column, "").rightAligned(1, 2);
        for (Entry entry : entries) {
            table.row(
                    entry.step(),
                    Times.took(entry.took()),
                    ratio(entry).map(r -> String.format(Locale.ROOT, "%.1f", r)).orElse(""),
                    entry.remark());
        }
        bare.ifPresent(median -> table.row(
                runtime + " run, an equal container", Times.took(median), "1.0", "median, beside this server"));
        terminal.note("");
        table.print(terminal);
    }

    private Optional<Double> ratio(Entry entry) {
        return bare.filter(median -> entry.comparable())
                .map(median -> (double) entry.took().toNanos() / median.toNanos());
    }

    /** The same for programs, times in milliseconds. */
    public ObjectNode json() {
        ObjectNode json = Json.object();
        ArrayNode steps = json.putArray("steps");
        for (Entry entry : entries) {
            ObjectNode step = steps.addObject()
                    .put("step", entry.step())
                    .put("millis", entry.took().toNanos() / 1e6);
            ratio(entry).ifPresent(ratio -> step.put("timesBareRun", ratio));
        }
        bare.ifPresent(median ->
                json.putObject("bareRun").put("runtime", runtime).put("medianMillis", median.toNanos() / 1e6));
        return json;
    }
}
