package dev.sandkeep.bench;

import dev.sandkeep.cli.client.Json;
import dev.sandkeep.cli.terminal.Table;
import dev.sandkeep.cli.terminal.Terminal;
import dev.sandkeep.cli.terminal.Terminal.Style;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** What one benchmark measured, and how that compares with the budgets. */
final class Figures {
    private final String benchmark;
    private final List<Samples> rows = new ArrayList<>();
    private final List<Budget> budgets = new ArrayList<>();
    private final List<String> remarks = new ArrayList<>();

    /**
     * A limit on a ratio of medians, or on a median.
     *
     * @param text what is divided by what
     * @param limit the ratio may be at most this
     * @param ratio what was measured; empty when it could not be
     */
    private record Budget(String text, double limit, Optional<Double> ratio) {
        String verdict() {
            return ratio.map(measured -> measured <= limit ? "pass" : "FAIL").orElse("not measured");
        }
    }

    Figures(String benchmark) {
        this.benchmark = benchmark;
    }

    /** Adds a row and returns it, to be filled. */
    Samples row(String what) {
        Samples samples = new Samples(what);
        rows.add(samples);
        return samples;
    }

    /** A sentence under the table. */
    void remark(String sentence) {
        remarks.add(sentence);
    }

    /** Holds the ratio of two medians against a limit. */
    void budget(String text, double limit, Samples dividend, Samples divisor) {
        boolean measured = dividend.count() > 0 && divisor.count() > 0;
        budgets.add(new Budget(text, limit, measured ? Optional.of(dividend.p50() / divisor.p50()) : Optional.empty()));
    }

    /** Holds a median, in milliseconds, against a limit. */
    void limit(String text, double limit, Samples samples) {
        budgets.add(new Budget(text, limit, samples.count() > 0 ? Optional.of(samples.p50()) : Optional.empty()));
    }

    /** Whether no budget that could be measured was missed. */
    boolean withinBudgets() {
        return budgets.stream().noneMatch(budget -> budget.verdict().equals("FAIL"));
    }

    void print(Terminal terminal) {
        Table table = new Table("MEASURED", "P50", "P95", "RUNS").rightAligned(1, 2, 3);
        rows.stream()
                .filter(row -> row.count() > 0)
                .forEach(row ->
                        table.row(row.what(), millis(row.p50()), millis(row.p95()), Integer.toString(row.count())));
        table.print(terminal);
        terminal.result("");
        Table limits = new Table("BUDGET", "LIMIT", "RATIO", "").rightAligned(1, 2);
        budgets.forEach(budget -> limits.row(
                budget.text(),
                String.format(Locale.ROOT, "%.3f", budget.limit()),
                budget.ratio().map(r -> String.format(Locale.ROOT, "%.3f", r)).orElse("-"),
                budget.verdict()));
        limits.print(terminal);
        remarks.forEach(remark -> terminal.result(terminal.styled(Style.DIM, remark)));
    }

    private static String millis(double millis) {
        return String.format(Locale.ROOT, "%.1f ms", millis);
    }

    ObjectNode json() {
        ObjectNode json = Json.object().put("benchmark", benchmark).put("withinBudgets", withinBudgets());
        ArrayNode measured = json.putArray("measured");
        rows.stream()
                .filter(row -> row.count() > 0)
                .forEach(row -> measured.addObject()
                        .put("what", row.what())
                        .put("p50Millis", row.p50())
                        .put("p95Millis", row.p95())
                        .put("runs", row.count()));
        ArrayNode limits = json.putArray("budgets");
        for (Budget budget : budgets) {
            ObjectNode limit = limits.addObject()
                    .put("budget", budget.text())
                    .put("limit", budget.limit())
                    .put("verdict", budget.verdict());
            budget.ratio().ifPresent(ratio -> limit.put("ratio", ratio));
        }
        remarks.forEach(json.putArray("remarks")::add);
        return json;
    }
}
