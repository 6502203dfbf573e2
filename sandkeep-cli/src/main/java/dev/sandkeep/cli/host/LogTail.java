package dev.sandkeep.cli.host;

import dev.sandkeep.cli.client.Failure;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;

/** The end of a text file that grows. */
public final class LogTail {
    private static final Duration POLL = Duration.ofMillis(200);

    private final Path file;
    private long position;

    /** Reads {@code file}. */
    public LogTail(Path file) {
        this.file = file;
    }

    /**
     * The last {@code count} lines.
     *
     * @throws Failure when the file is not there or may not be read
     */
    public List<String> last(int count) {
        Deque<String> kept = new ArrayDeque<>();
        try (BufferedReader lines = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
            position = Files.size(file);
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                kept.addLast(line);
                if (kept.size() > count) {
                    kept.removeFirst();
                }
            }
            return List.copyOf(kept);
        } catch (IOException e) {
            throw new Failure(
                    "cannot read " + file + ": " + e.getClass().getSimpleName(),
                    "it is there once 'sandkeep server start' has run; check --data",
                    e);
        }
    }

    /** Hands out lines as they are written, until the thread is interrupted. Begins where {@link #last} ended. */
    public void follow(Consumer<String> line) {
        StringBuilder unfinished = new StringBuilder();
        try {
            while (true) {
                for (String piece : readMore().split("(?<=\n)", -1)) {
                    unfinished.append(piece);
                    if (piece.endsWith("\n")) {
                        line.accept(unfinished.substring(0, unfinished.length() - 1));
                        unfinished.setLength(0);
                    }
                }
                Thread.sleep(POLL);
            }
        } catch (IOException e) {
            throw new Failure("cannot go on reading " + file + ": " + e.getMessage(), "", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private String readMore() throws IOException {
        try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "r")) {
            long size = open.length();
            if (size < position) {
                position = 0; // begun anew
            }
            ByteBuffer bytes = ByteBuffer.allocate((int) Math.min(size - position, 1 << 20));
            open.getChannel().read(bytes, position);
            position += bytes.position();
            return new String(bytes.array(), 0, bytes.position(), StandardCharsets.UTF_8);
        }
    }
}
