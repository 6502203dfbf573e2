package dev.sandkeep.server.backup;

import dev.sandkeep.server.platform.config.StartFailure;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a backup consists of. Its file is written last: a directory without one is no backup, whatever else is in it.
 *
 * @param format of the backup; a newer one is refused
 * @param sandkeep version that made it
 * @param installation id of the data directory
 * @param dataFormat layout of the data directory
 * @param architecture that PostgreSQL's files are of, and what the layers run on
 * @param postgres major version of the embedded database; empty when the database is an external one, which is not in here
 * @param takenAt the moment that it shows
 * @param machine where it was made
 * @param volumesElsewhere where the volumes were, when that was not in the data directory
 */
record Manifest(
        int format,
        String sandkeep,
        String installation,
        int dataFormat,
        String architecture,
        Optional<String> postgres,
        Instant takenAt,
        String machine,
        Optional<String> volumesElsewhere,
        List<Part> parts) {
    static final String FILE = "backup.json";
    static final int FORMAT = 1;

    private static final JsonMapper JSON = JsonMapper.builder().build();

    Manifest {
        parts = List.copyOf(parts);
    }

    /**
     * One archive.
     *
     * @param name in the backup's directory
     * @param bytes of the file
     * @param unpacked about how many bytes it takes when it is unpacked
     */
    record Part(String name, long bytes, long unpacked, String sha256) {}

    /** Bytes of all archives. */
    long bytes() {
        return parts.stream().mapToLong(Part::bytes).sum();
    }

    /** What it takes when it is unpacked, about. */
    long unpacked() {
        return parts.stream().mapToLong(Part::unpacked).sum();
    }

    /**
     * Reads that of a backup.
     *
     * @throws StartFailure when there is none, or none that this version understands
     */
    static Manifest read(Path backup) throws IOException {
        try {
            Manifest manifest = JSON.readValue(Files.readString(backup.resolve(FILE)), Manifest.class);
            if (manifest.format() > FORMAT) {
                throw new StartFailure(
                        backup + " was made by a newer Sandkeep (" + manifest.sandkeep() + ").",
                        "Use that version, or a newer one.");
            }
            return manifest;
        } catch (NoSuchFileException e) {
            throw new StartFailure(
                    backup + " is not a finished backup: it has no " + FILE + ".",
                    "Name the directory that 'sandkeep backup create' was given; one that was interrupted cannot be restored.",
                    e);
        } catch (JacksonException e) {
            throw new StartFailure(
                    backup.resolve(FILE) + " is damaged: " + e.getOriginalMessage(), "Use another backup.", e);
        }
    }

    /** Makes the directory a backup: everything else in it is on disk before, and this when it returns. */
    void write(Path backup) throws IOException {
        Path beside = backup.resolve(FILE + ArchiveFile.PART);
        Files.writeString(beside, JSON.writerWithDefaultPrettyPrinter().writeValueAsString(this) + "\n");
        flush(beside);
        Files.move(beside, backup.resolve(FILE), StandardCopyOption.ATOMIC_MOVE);
        flush(backup);
    }

    /** Brings a file, or the names in a directory, to the disk. */
    static void flush(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
