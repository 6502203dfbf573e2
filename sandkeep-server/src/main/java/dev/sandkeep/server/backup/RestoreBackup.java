package dev.sandkeep.server.backup;

import dev.sandkeep.server.platform.config.SandkeepProperties;
import dev.sandkeep.server.platform.config.StartFailure;
import dev.sandkeep.server.platform.data.DataDirectory;
import dev.sandkeep.server.platform.postgres.EmbeddedPostgres;
import dev.sandkeep.server.platform.postgres.PostgresBinaries;
import dev.sandkeep.server.platform.postgres.PostgresLock;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.Objects;
import java.util.Optional;

/**
 * Puts an installation back. Everything is checked first, then unpacked beside the data directory, flushed, and renamed: until the rename
 * nothing is changed, and what was there before is renamed and not removed.
 */
final class RestoreBackup {
    private static final long ROOM = 256L << 20;

    private final SandkeepProperties properties;
    private final BackupPlaces places;
    private final PrintStream say;
    private final Clock clock;

    RestoreBackup(SandkeepProperties properties, PrintStream say, Clock clock) {
        this.properties = properties;
        this.places = BackupPlaces.of(properties);
        this.say = say;
        this.clock = clock;
    }

    /**
     * Puts it back.
     *
     * @param replace whether what is there may be moved aside
     * @param databaseRestored whether somebody has put the external database back
     * @throws StartFailure when it cannot be put back, saying why; nothing was changed
     */
    Manifest run(Path backup, boolean replace, boolean databaseRestored) throws IOException, InterruptedException {
        Manifest manifest = Manifest.read(backup);
        requireFitting(manifest, databaseRestored);
        requireTarget(replace);
        requireRoom(manifest);
        say.println("checking " + manifest.parts().size() + " archives");
        for (Manifest.Part part : manifest.parts()) {
            ArchiveFile.verify(backup, part);
        }
        Path beside = beside(".restoring");
        remove(beside);
        Files.createDirectory(beside);
        say.println("unpacking into " + beside);
        unpack(backup, manifest, beside);
        flushAll(beside);
        if (places.volumesElsewhere()) {
            flushAll(places.volumes());
        }
        moveAside().ifPresent(aside -> say.println("what was there is now " + aside + ": the way back"));
        Files.move(beside, places.data(), StandardCopyOption.ATOMIC_MOVE);
        Manifest.flush(Objects.requireNonNull(places.data().getParent()));
        return manifest;
    }

    private void requireFitting(Manifest manifest, boolean databaseRestored) {
        if (manifest.dataFormat() > DataDirectory.FORMAT) {
            throw new StartFailure(
                    "The backup was made by a newer Sandkeep (" + manifest.sandkeep() + ").",
                    "Restore it with that version.");
        }
        String here = System.getProperty("os.arch");
        if (!manifest.architecture().equals(here)) {
            throw new StartFailure(
                    "The backup is of a machine of another architecture: " + manifest.architecture() + ", this one is "
                            + here + ".",
                    "Restore it on such a machine.");
        }
        boolean external = properties.databaseUrl().isPresent();
        if (manifest.postgres().isPresent() == external) {
            throw new StartFailure(
                    external
                            ? "The backup holds an embedded database, and sandkeep.database.url names an external one."
                            : "The backup is of an installation with an external database, and sandkeep.database.url names none.",
                    external
                            ? "Restore it without sandkeep.database.url."
                            : "Restore the dump that was made with it, and set sandkeep.database.url.");
        }
        if (external && !databaseRestored) {
            throw new StartFailure(
                    "The database is an external one, and is not in the backup.",
                    "Restore the dump that was made at " + manifest.takenAt()
                            + " into the database that sandkeep.database.url names, then add --database-restored.");
        }
        manifest.postgres()
                .filter(it -> !it.equals(PostgresBinaries.MAJOR_VERSION))
                .ifPresent(other -> {
                    throw new StartFailure(
                            "The backup holds a database of PostgreSQL " + other + "; this Sandkeep brings PostgreSQL "
                                    + PostgresBinaries.MAJOR_VERSION + ".",
                            "Restore it with Sandkeep " + manifest.sandkeep() + ".");
                });
    }

    private void requireTarget(boolean replace) throws IOException {
        Path data = places.data();
        Optional<String> holder = PostgresLock.holder(data.resolve(BackupPlaces.POSTGRES));
        Optional<ProcessHandle> server = StoppedServer.find(data);
        if (holder.isPresent() || server.isPresent()) {
            throw new StartFailure(
                    "A server runs on " + data + " (process "
                            + server.map(it -> Long.toString(it.pid()))
                                    .or(() -> holder)
                                    .orElse("") + ").",
                    "Stop it: 'sandkeep server stop', or the way it is run.");
        }
        if (!isEmpty(data) && !replace) {
            throw new StartFailure(
                    data + " is not empty.",
                    "Name another directory with --data, or add --replace: what is there is renamed, not removed.");
        }
        if (isMountPoint(data)) {
            throw new StartFailure(
                    data + " is a file system of its own, so that nothing can be renamed into its place.",
                    "Name a directory in it with --data, and set sandkeep.data to that.");
        }
        if (places.volumesElsewhere() && !isEmpty(places.volumes())) {
            throw new StartFailure(
                    places.volumes() + ", where volumes are stored, is not empty.",
                    "Move away what is in it, or set sandkeep.directory.volumes.directory to another directory.");
        }
    }

    private void requireRoom(Manifest manifest) throws IOException {
        Path parent = Objects.requireNonNull(places.data().getParent());
        Files.createDirectories(parent);
        long free = Files.getFileStore(parent).getUsableSpace();
        if (free < manifest.unpacked() + ROOM) {
            throw new StartFailure(
                    "It takes " + (manifest.unpacked() >> 20) + " MiB, and " + (free >> 20) + " MiB are free at "
                            + parent + ".",
                    "Make room, or name a data directory on a larger disk with --data.");
        }
    }

    private void unpack(Path backup, Manifest manifest, Path beside) throws IOException, InterruptedException {
        Path layers = Files.createDirectory(beside.resolve(BackupPlaces.LAYERS));
        Files.setPosixFilePermissions(layers, PosixFilePermissions.fromString("rwx------"));
        for (Manifest.Part part : manifest.parts()) {
            if (part.name().equals("volumes.tar.zst")) {
                Path volumes = places.volumesElsewhere() ? places.volumes() : beside.resolve(BackupPlaces.VOLUMES);
                Files.createDirectories(volumes);
                ArchiveFile.unpack(backup, part, volumes);
            } else if (part.name().equals("postgres.tar.zst")) {
                Path postgres = Files.createDirectory(beside.resolve(BackupPlaces.POSTGRES));
                Files.setPosixFilePermissions(postgres, PosixFilePermissions.fromString("rwx--x--x"));
                ArchiveFile.unpack(backup, part, beside);
                EmbeddedPostgres.adopt(postgres);
            } else {
                ArchiveFile.unpack(backup, part, beside);
            }
        }
        Files.setPosixFilePermissions(beside, PosixFilePermissions.fromString("rwx--x--x"));
    }

    private Optional<Path> moveAside() throws IOException {
        Path data = places.data();
        if (!Files.exists(data)) {
            return Optional.empty();
        }
        if (isEmpty(data)) {
            Files.delete(data);
            return Optional.empty();
        }
        String time = clock.instant().truncatedTo(ChronoUnit.SECONDS).toString().replace(":", "");
        return Optional.of(Files.move(data, beside(".before-restore-" + time), StandardCopyOption.ATOMIC_MOVE));
    }

    private Path beside(String ending) {
        return places.data().resolveSibling(places.data().getFileName() + ending);
    }

    private static boolean isEmpty(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            return true;
        }
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            return !entries.iterator().hasNext();
        }
    }

    private static boolean isMountPoint(Path directory) throws IOException {
        Path parent = directory.getParent();
        return parent != null
                && Files.exists(directory)
                && !Files.getAttribute(directory, "unix:dev").equals(Files.getAttribute(parent, "unix:dev"));
    }

    private static void flushAll(Path directory) throws IOException, InterruptedException {
        run("sync", "--file-system", directory.toString());
    }

    private static void remove(Path directory) throws IOException, InterruptedException {
        run("rm", "-rf", "--one-file-system", "--", directory.toString());
    }

    private static void run(String... command) throws IOException, InterruptedException {
        int exit = new ProcessBuilder(command)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start()
                .waitFor();
        if (exit != 0) {
            throw new IOException(String.join(" ", command) + " failed");
        }
    }
}
