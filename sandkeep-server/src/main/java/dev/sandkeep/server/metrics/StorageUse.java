package dev.sandkeep.server.metrics;

import dev.sandkeep.server.platform.data.DirectoryUse;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the parts of the data directory take. Counting reads every name, so it is done in the background, seldom, and only when asked. */
final class StorageUse {
    private static final Logger LOG = LoggerFactory.getLogger(StorageUse.class);
    private static final long FRESH = Duration.ofMinutes(15).toNanos();
    private static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final String REST = "rest";

    private final Path data;
    private final Path volumes;
    private final AtomicBoolean counting = new AtomicBoolean();
    private volatile Map<String, Double> newest = Map.of();
    private volatile long countedAt;

    StorageUse(Path data, Path volumes) {
        this.data = data;
        this.volumes = volumes;
    }

    /** Bytes of a part as they were counted last; NaN when they never were. */
    double of(String part) {
        boolean old = newest.isEmpty() || System.nanoTime() - countedAt > FRESH;
        if (old && counting.compareAndSet(false, true)) {
            Thread.ofVirtual().name("storage-use").start(this::count);
        }
        return newest.isEmpty() ? Double.NaN : newest.getOrDefault(part, 0.0);
    }

    private void count() {
        try {
            Map<String, Double> parts = new HashMap<>();
            for (DirectoryUse.Part part : DirectoryUse.of(data, PATIENCE)) {
                if (!part.directory().equals(data)) {
                    parts.merge(name(part.directory()), (double) part.bytes(), Double::sum);
                }
            }
            if (!volumes.startsWith(data) && Files.isDirectory(volumes)) {
                parts.merge(
                        "volumes",
                        (double) DirectoryUse.of(volumes, PATIENCE).getFirst().bytes(),
                        Double::sum);
            }
            parts.putIfAbsent(REST, 0.0);
            newest = Map.copyOf(parts);
        } catch (IOException e) {
            LOG.warn("event=storage_not_counted cause=\"{}\"", e.getMessage());
        } finally {
            // What could not be counted is not tried again at once either.
            countedAt = System.nanoTime();
            counting.set(false);
        }
    }

    private String name(Path directory) {
        String name = directory.getFileName().toString();
        return switch (name) {
            case "layers", "volumes", "sandboxes", "postgres" -> name;
            case "volumes-working" -> "volumes";
            default -> REST;
        };
    }
}
