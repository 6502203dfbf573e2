package dev.sandkeep.server.backup;

import dev.sandkeep.server.platform.ServerVersion;
import dev.sandkeep.server.platform.config.SandkeepProperties;
import dev.sandkeep.server.platform.config.StartFailure;
import dev.sandkeep.server.platform.data.DataDirectory;
import dev.sandkeep.server.platform.data.ServerInstance;
import dev.sandkeep.server.platform.postgres.EmbeddedPostgres;
import dev.sandkeep.server.platform.postgres.PostgresBinaries;
import dev.sandkeep.server.platform.postgres.PostgresLock;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Makes a backup, in the steps that the package's description tells. */
final class CreateBackup {
    private final SandkeepProperties properties;
    private final BackupPlaces places;
    private final PrintStream say;
    private final Clock clock;
    /** The layers that are copied, by id, as they were then. */
    private final Map<String, Copied> layers = new TreeMap<>();

    private record Copied(Manifest.Part part, String fingerprint) {}

    CreateBackup(SandkeepProperties properties, PrintStream say, Clock clock) {
        this.properties = properties;
        this.places = BackupPlaces.of(properties);
        this.say = say;
        this.clock = clock;
    }

    /**
     * Makes it in {@code backup}, which must be empty or not there.
     *
     * @param mayStop whether the server may be stopped for a while
     * @throws StartFailure when it cannot be made, saying why; the installation is as before
     */
    Manifest run(Path backup, boolean mayStop) throws IOException, InterruptedException {
        DataDirectory data = DataDirectory.existing(places.data())
                .orElseThrow(() -> new StartFailure(
                        places.data() + " is not a data directory.", "Name the installation's with --data."));
        Optional<ProcessHandle> server = StoppedServer.find(places.data());
        if (server.isPresent()) {
            requireMayStop(server.get(), mayStop);
        } else {
            requireNoneStarting();
        }
        prepare(backup);
        if (properties.databaseUrl().isPresent()) {
            say.println(
                    "The database is an external one and is not part of the backup: dump it with pg_dump while the server"
                            + " is stopped, or the two do not fit together.");
        }
        copyLayers(backup);
        Manifest manifest = copyStanding(backup, data, server);
        manifest.write(backup);
        return manifest;
    }

    private void requireMayStop(ProcessHandle server, boolean mayStop) {
        StoppedServer.requireOurs(server, places.data());
        if (!mayStop) {
            throw new StartFailure(
                    "The server (process " + server.pid() + ") runs, and a backup has to stop it for a while.",
                    "Add --stop-server: layers are copied first, then the server is stopped and sandboxes stand still while"
                            + " volumes and database are copied, and then everything goes on.");
        }
    }

    /** One that is only just starting, or stopping, has not said yet where it listens. */
    private void requireNoneStarting() throws IOException {
        Optional<String> holder = PostgresLock.holder(places.data().resolve(BackupPlaces.POSTGRES));
        if (holder.isPresent()) {
            throw new StartFailure(
                    "A server is starting or stopping in " + places.data() + " (process " + holder.get() + ").",
                    "Wait until it has, and run this command again.");
        }
    }

    private void prepare(Path backup) throws IOException {
        if (backup.startsWith(places.data()) || backup.startsWith(places.volumes())) {
            throw new StartFailure(
                    backup + " is inside of what is to be backed up.",
                    "Name a directory outside, best on another disk.");
        }
        Files.createDirectories(backup);
        try (DirectoryStream<Path> present = Files.newDirectoryStream(backup)) {
            if (present.iterator().hasNext()) {
                throw new StartFailure(
                        backup + " is not empty.",
                        "Name another directory; or remove it, if it is a backup that was interrupted (without "
                                + Manifest.FILE + ").");
            }
        }
        // Secrets and everybody's files are in it.
        Files.setPosixFilePermissions(backup, PosixFilePermissions.fromString("rwx------"));
    }

    /** While the server runs. What vanishes or changes meanwhile is looked at again when it stands. */
    private void copyLayers(Path backup) throws IOException, InterruptedException {
        List<String> all = places.layers();
        say.println("copying " + all.size() + " layers");
        for (String layer : all) {
            try {
                copyLayer(backup, layer);
            } catch (IOException gone) {
                say.println("layer " + layer + " changed while it was copied, and is left for later");
                drop(backup, layer);
            }
        }
    }

    private void copyLayer(Path backup, String layer) throws IOException, InterruptedException {
        String fingerprint = places.fingerprint(layer);
        Manifest.Part part = ArchiveFile.write(
                backup, file(layer), places.data(), List.of(BackupPlaces.LAYERS + "/" + layer), List.of());
        layers.put(layer, new Copied(part, fingerprint));
    }

    private void drop(Path backup, String layer) throws IOException {
        layers.remove(layer);
        Files.deleteIfExists(backup.resolve(file(layer)));
        Files.deleteIfExists(backup.resolve(file(layer) + ArchiveFile.PART));
    }

    private static String file(String layer) {
        return BackupPlaces.LAYERS + "/" + layer + ".tar.zst";
    }

    private Manifest copyStanding(Path backup, DataDirectory data, Optional<ProcessHandle> server)
            throws IOException, InterruptedException {
        Undoing undoing = new Undoing();
        Thread onSignal = new Thread(undoing::all, "undo");
        Runtime.getRuntime().addShutdownHook(onSignal);
        long since = System.nanoTime();
        Manifest manifest;
        try {
            if (server.isPresent()) {
                undoing.add(StoppedServer.stop(server.get(), places.data(), say));
            }
            if (properties.databaseUrl().isEmpty()) {
                PostgresLock lock = PostgresLock.take(places.data().resolve(BackupPlaces.POSTGRES));
                undoing.add(lock);
                EmbeddedPostgres.stopLeftBehind(lock);
            }
            requireNoOther();
            FrozenComputes frozen = FrozenComputes.all(properties, data.installation());
            undoing.add(frozen);
            Instant now = clock.instant();
            say.println(
                    "holding " + frozen.size() + " running sandboxes still; copying volumes, database and the rest");
            long still = System.nanoTime();
            manifest = copyAll(backup, data, now);
            frozen.close();
            say.println("sandboxes stood still for " + seconds(still) + " s");
        } finally {
            undoing.all();
            Runtime.getRuntime().removeShutdownHook(onSignal);
        }
        if (server.isPresent()) {
            say.println("the server was away for " + seconds(since) + " s");
        }
        return manifest;
    }

    private static long seconds(long since) {
        return Duration.ofNanos(System.nanoTime() - since).toSeconds();
    }

    private void requireNoOther() throws IOException {
        List<Long> others = ServerInstance.alive(places.data());
        if (!others.isEmpty()) {
            throw new StartFailure(
                    "Other servers work in " + places.data() + ": processes " + others + ".",
                    "Stop them for the time of the backup.");
        }
    }

    private Manifest copyAll(Path backup, DataDirectory data, Instant now) throws IOException, InterruptedException {
        List<String> present = places.layers();
        for (String gone :
                layers.keySet().stream().filter(it -> !present.contains(it)).toList()) {
            drop(backup, gone);
        }
        for (String layer : present) {
            Copied copied = layers.get(layer);
            if (copied == null || !copied.fingerprint().equals(places.fingerprint(layer))) {
                copyLayer(backup, layer);
            }
        }
        Deque<Manifest.Part> parts = new ArrayDeque<>();
        if (Files.isDirectory(places.volumes())) {
            parts.add(ArchiveFile.write(backup, "volumes.tar.zst", places.volumes(), List.of("."), List.of()));
        }
        boolean embedded = properties.databaseUrl().isEmpty();
        if (embedded) {
            parts.add(ArchiveFile.write(
                    backup,
                    "postgres.tar.zst",
                    places.data(),
                    List.of("postgres/data", "postgres/connection.properties"),
                    List.of()));
        }
        parts.add(ArchiveFile.write(backup, "installation.tar.zst", places.data(), places.rest(), List.of()));
        layers.values().forEach(copied -> parts.add(copied.part()));
        return new Manifest(
                Manifest.FORMAT,
                ServerVersion.text(),
                data.installation(),
                DataDirectory.FORMAT,
                System.getProperty("os.arch"),
                embedded ? Optional.of(PostgresBinaries.MAJOR_VERSION) : Optional.empty(),
                now,
                InetAddress.getLocalHost().getHostName(),
                places.volumesElsewhere() ? Optional.of(places.volumes().toString()) : Optional.empty(),
                List.copyOf(parts));
    }

    /** What was done for the time of the backup, undone in the reverse order, once, whoever asks for it. */
    private final class Undoing {
        private final Deque<AutoCloseable> done = new ArrayDeque<>();

        synchronized void add(AutoCloseable what) {
            done.push(what);
        }

        synchronized void all() {
            while (!done.isEmpty()) {
                try {
                    done.pop().close();
                } catch (Exception e) {
                    say.println("sandkeep: " + e.getMessage());
                }
            }
        }
    }
}
