package dev.sandkeep.linux.volumes;

import static dev.sandkeep.linux.kernel.Directory.bytes;

import dev.sandkeep.linux.kernel.Directory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.UUID;

/** Where directories go that are removed: out of sight in one rename, then name by name, by whoever comes first. */
final class Trash {
    private final Path directory;

    Trash(Path directory) {
        this.directory = directory;
    }

    /**
     * Takes a directory of the same file system out of its place.
     *
     * @return where it is now
     */
    Path take(Path doomed) throws IOException {
        return Files.move(doomed, directory.resolve(UUID.randomUUID().toString()));
    }

    /** Removes a directory with everything in it. Does nothing when it is gone. */
    void discard(Path doomed) throws IOException {
        Path taken;
        try {
            taken = take(doomed);
        } catch (NoSuchFileException gone) {
            return;
        }
        remove(taken);
    }

    /** Removes what {@link #take} moved here. */
    void remove(Path taken) {
        try (Directory trash = Directory.open(directory)) {
            trash.removeTree(bytes(taken.getFileName().toString()));
        }
    }

    /** Removes what others left here when they died, until interrupted. */
    void sweep() {
        try (DirectoryStream<Path> left = Files.newDirectoryStream(directory)) {
            for (Path taken : left) {
                if (Thread.currentThread().isInterrupted()) {
                    return;
                }
                remove(taken);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(directory + " could not be emptied", e);
        }
    }
}
