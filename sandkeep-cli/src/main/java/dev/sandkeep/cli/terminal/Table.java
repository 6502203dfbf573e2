package dev.sandkeep.cli.terminal;

import dev.sandkeep.cli.terminal.Terminal.Style;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** Rows under upper-case headings, columns two spaces apart, as wide as their widest cell. */
public final class Table {
    private final List<String> headings;
    private final List<List<String>> rows = new ArrayList<>();
    private final boolean[] right;

    /** A table with these columns, left-aligned. */
    public Table(String... headings) {
        this.headings = List.of(headings);
        this.right = new boolean[headings.length];
    }

    /** Aligns these columns (from 0) to the right, for figures. */
    public Table rightAligned(int... columns) {
        for (int column : columns) {
            right[column] = true;
        }
        return this;
    }

    /** Adds a row with one cell per column; what is not printable is left out. */
    public Table row(String... cells) {
        if (cells.length != headings.size()) {
            throw new IllegalArgumentException("expected " + headings.size() + " cells, got " + Arrays.toString(cells));
        }
        rows.add(Arrays.stream(cells).map(Terminal::printable).toList());
        return this;
    }

    /** Whether no row was added. */
    public boolean isEmpty() {
        return rows.isEmpty();
    }

    /** Prints to the terminal's standard output. */
    public void print(Terminal terminal) {
        List<String> lines = lines();
        terminal.result(terminal.styled(Style.BOLD, lines.getFirst()));
        lines.stream().skip(1).forEach(terminal::result);
    }

    /** The table as lines, headings first. */
    public List<String> lines() {
        int[] widths = IntStream.range(0, headings.size()).map(this::width).toArray();
        List<String> lines = new ArrayList<>();
        lines.add(line(headings, widths));
        rows.forEach(row -> lines.add(line(row, widths)));
        return lines;
    }

    private int width(int column) {
        return Math.max(
                headings.get(column).length(),
                rows.stream().mapToInt(row -> row.get(column).length()).max().orElse(0));
    }

    private String line(List<String> cells, int[] widths) {
        StringBuilder line = new StringBuilder();
        for (int column = 0; column < cells.size(); column++) {
            String cell = cells.get(column);
            String padding = " ".repeat(widths[column] - cell.length());
            line.append(column == 0 ? "" : "  ").append(right[column] ? padding + cell : cell + padding);
        }
        return line.toString().stripTrailing();
    }
}
