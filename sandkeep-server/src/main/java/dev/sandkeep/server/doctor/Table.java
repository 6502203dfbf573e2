package dev.sandkeep.server.doctor;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Columns of text, as wide as they must be; the last one is as long as it likes. */
final class Table {
    private final List<List<String>> rows = new ArrayList<>();

    Table(List<String> header) {
        rows.add(header);
    }

    void row(List<String> cells) {
        rows.add(cells);
    }

    /** The table, an empty line, and a last sentence. */
    Report report(String end) {
        int columns = rows.getFirst().size();
        int[] widths = IntStream.range(0, columns)
                .map(column -> rows.stream()
                        .mapToInt(row -> row.get(column).length())
                        .max()
                        .orElse(0))
                .toArray();
        List<String> lines = new ArrayList<>();
        for (List<String> row : rows) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < columns; i++) {
                String cell = row.get(i);
                line.append(cell);
                if (i < columns - 1) {
                    line.append(" ".repeat(widths[i] - cell.length() + 2));
                }
            }
            lines.add(line.toString().stripTrailing());
        }
        lines.add("");
        lines.add(end);
        return new Report(List.copyOf(lines));
    }
}
