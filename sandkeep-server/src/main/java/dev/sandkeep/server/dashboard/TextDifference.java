package dev.sandkeep.server.dashboard;

import com.github.difflib.DiffUtils;
import com.github.difflib.UnifiedDiffUtils;
import java.util.List;
import java.util.stream.Stream;

/** How two texts differ, line by line. */
public record TextDifference(List<Line> lines) {
    private static final int CONTEXT = 3;

    /**
     * A line.
     *
     * @param kind {@code added}, {@code removed}, or empty for one that is in both
     */
    public record Line(String kind, String text) {}

    static TextDifference between(String before, String after) {
        List<String> old = before.lines().toList();
        List<String> shown = UnifiedDiffUtils.generateUnifiedDiff(
                "before", "after", old, DiffUtils.diff(old, after.lines().toList()), CONTEXT);
        // The first two lines name the files.
        return new TextDifference(shown.stream()
                .skip(2)
                .flatMap(line -> line.startsWith("@@") ? Stream.of(new Line("", "…")) : Stream.of(line(line)))
                .toList());
    }

    private static Line line(String line) {
        String kind = line.startsWith("+") ? "added" : line.startsWith("-") ? "removed" : "";
        return new Line(kind, line);
    }
}
