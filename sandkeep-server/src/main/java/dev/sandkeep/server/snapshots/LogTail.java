package dev.sandkeep.server.snapshots;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/** The newest of the lines that a log has no room for; the others are counted. Memory is bounded. Not safe for concurrent use. */
final class LogTail {
    /** Most lines that are kept. */
    static final int MOST_LINES = 1000;
    /** Most bytes of text in UTF-8 that are kept. */
    static final long MOST_BYTES = 256 * 1024;

    private final Deque<Kept> kept = new ArrayDeque<>();
    private long keptBytes;
    private long missingLines;
    private long missingBytes;

    /** A line, as it was said. */
    record Kept(Instant at, String stream, String text) {
        private long bytes() {
            return text.getBytes(StandardCharsets.UTF_8).length;
        }
    }

    /** Keeps one more, and lets go of the oldest that there is no room for. */
    void add(Kept line) {
        kept.addLast(line);
        keptBytes += line.bytes();
        while (kept.size() > MOST_LINES || keptBytes > MOST_BYTES) {
            long gone = kept.removeFirst().bytes();
            keptBytes -= gone;
            missingBytes += gone;
            missingLines++;
        }
    }

    boolean isEmpty() {
        return kept.isEmpty() && missingLines == 0;
    }

    /** What the log says in place of what is missing; empty when nothing is. */
    String marker() {
        return missingLines == 0 ? "" : "… " + missingLines + " lines (" + missingBytes + " bytes) are left out here …";
    }

    /** The lines that are kept, oldest first; the tail is empty afterwards. */
    List<Kept> drain() {
        List<Kept> lines = List.copyOf(kept);
        kept.clear();
        keptBytes = 0;
        missingLines = 0;
        missingBytes = 0;
        return lines;
    }
}
