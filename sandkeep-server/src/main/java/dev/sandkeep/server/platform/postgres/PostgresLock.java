package dev.sandkeep.server.platform.postgres;

import dev.sandkeep.server.platform.config.StartFailure;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;

/** The right to run the embedded database of a directory, held until it is closed or this process is gone. */
public final class PostgresLock implements AutoCloseable {
    private static final String FILE = "lock";

    private final Path directory;
    private final FileChannel channel;

    private PostgresLock(Path directory, FileChannel channel) {
        this.directory = directory;
        this.channel = channel;
    }

    /**
     * Takes it; makes the directory when it does not exist.
     *
     * @throws StartFailure when another process has it
     */
    public static PostgresLock take(Path directory) {
        try {
            makePassable(directory);
            FileChannel channel =
                    FileChannel.open(directory.resolve(FILE), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            if (tryLock(channel)) {
                channel.truncate(0);
                channel.write(StandardCharsets.US_ASCII.encode(
                        Long.toString(ProcessHandle.current().pid())));
                return new PostgresLock(directory, channel);
            }
            channel.close();
            String holder = Files.readString(directory.resolve(FILE), StandardCharsets.US_ASCII);
            throw new StartFailure(
                    "Another Sandkeep server" + (holder.isEmpty() ? "" : " (process " + holder + ")")
                            + " runs on the embedded database in " + directory + ".",
                    "Stop it first; or give this one a data directory of its own (SANDKEEP_DATA); or let both share a"
                            + " PostgreSQL (SANDKEEP_DATABASE_URL).");
        } catch (IOException e) {
            throw new StartFailure(
                    "The directory of the embedded database, " + directory + ", cannot be used: " + e.getMessage(),
                    "Check that the user who starts the server may write there.",
                    e);
        }
    }

    /** The directory that it is for. */
    Path directory() {
        return directory;
    }

    /** Whether some process has the lock of {@code directory}; changes nothing. Not for a process that may have it itself. */
    public static Optional<String> holder(Path directory) throws IOException {
        Path file = directory.resolve(FILE);
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE);
                FileLock lock = channel.tryLock()) {
            return lock == null ? Optional.of(Files.readString(file, StandardCharsets.US_ASCII)) : Optional.empty();
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    void close(Exception because) {
        try {
            close();
        } catch (IOException e) {
            because.addSuppressed(e);
        }
    }

    static void makePassable(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            Files.createDirectories(directory);
            Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx--x--x"));
        }
    }

    private static boolean tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock() != null;
        } catch (OverlappingFileLockException e) {
            return false; // this very process has it, as in tests
        }
    }
}
