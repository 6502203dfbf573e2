package dev.sandkeep.server.dashboard;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The disk that something is on.
 *
 * @param path the thing
 * @param total bytes of its file system
 * @param free of these, what may still be written
 */
public record Disk(Path path, long total, long free) {
    /** The disk of something that exists, or that would be made. */
    static Disk of(Path path) {
        Path existing = path;
        while (!Files.exists(existing) && existing.getParent() != null) {
            existing = existing.getParent();
        }
        try {
            FileStore store = Files.getFileStore(existing);
            return new Disk(path, store.getTotalSpace(), store.getUsableSpace());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What is written on it. */
    public long used() {
        return total - free;
    }
}
