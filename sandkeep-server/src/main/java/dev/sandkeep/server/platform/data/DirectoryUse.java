package dev.sandkeep.server.platform.data;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** What directories take on their disk, as {@code du} counts it: each hard-linked file once, nothing that is mounted inside. */
public final class DirectoryUse {
    private DirectoryUse() {}

    /** What one directory takes. */
    public record Part(Path directory, long bytes) {}

    /**
     * Adds up a directory and each one that is directly in it. Reads every name below, so not for a hot path.
     *
     * @param patience after which it is given up
     * @return largest first; the first one is the directory itself
     * @throws IOException when it cannot be counted, or not in time
     */
    public static List<Part> of(Path directory, Duration patience) throws IOException {
        Process counting = new ProcessBuilder(
                        "du", "--one-file-system", "--block-size=1", "--max-depth=1", "--null", directory.toString())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        Thread.ofVirtual().start(() -> end(counting, patience));
        try (var answer = counting.inputReader()) {
            List<Part> parts = new ArrayList<>();
            for (String line : answer.readAllAsString().split("\0", -1)) {
                int tab = line.indexOf('\t');
                if (tab > 0) {
                    parts.add(new Part(Path.of(line.substring(tab + 1)), Long.parseLong(line.substring(0, tab))));
                }
            }
            // A file that vanishes meanwhile makes it end with 1, and the rest is counted all the same; the whole comes
            // last.
            if (parts.isEmpty() || !parts.getLast().directory().equals(directory)) {
                throw new IOException(directory + " could not be counted within " + patience.toSeconds() + " s");
            }
            parts.sort(Comparator.comparingLong(Part::bytes).reversed());
            return List.copyOf(parts);
        } finally {
            counting.destroyForcibly();
        }
    }

    private static void end(Process counting, Duration patience) {
        try {
            if (!counting.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS)) {
                counting.destroyForcibly();
            }
        } catch (InterruptedException e) {
            counting.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
