package dev.sandkeep.e2e;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.jspecify.annotations.Nullable;

/** Makes the installation that tests share, and removes it with the process, or after it. */
final class SharedInstallation {
    private static final Path PLACE = Path.of("/var/tmp");
    private static final String PREFIX = "sandkeep-e2e-";

    /** Name of the Debian that most tests build on. */
    static final String BASE = "base_debian_bookworm";

    private static final Path OF_RUNS = Path.of("target", "base");
    private static final Path OF_THIS_RUN = OF_RUNS.resolve(System.getProperty("sandkeep.test.run", "alone"));
    /** Where the processes of one run find it. */
    private static final Path KEPT_BASE = OF_THIS_RUN.resolve(BASE);

    private static @Nullable Installation installation;

    private SharedInstallation() {}

    static synchronized Installation running() {
        try {
            if (installation == null) {
                removeOfDeadRuns();
                Path folder = newFolder("shared");
                Runtime.getRuntime().addShutdownHook(new Thread(() -> new Removal(folder).run()));
                installation = new Installation(folder);
                shareBaseImage(installation);
            }
            installation.startServer();
            return installation;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** A folder for an installation, which the next run removes with all that belongs to it if this one does not. */
    static Path newFolder(String name) throws IOException {
        Path folder = Files.createTempDirectory(
                PLACE, PREFIX + ProcessHandle.current().pid() + "-" + name + "-");
        // The database and the sandboxes have users of their own, who must be let through.
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx--x--x"));
        return folder;
    }

    /** Gives a new data directory the Debian that is installed once for all tests. */
    static void copyBaseImage(Path data) throws IOException, InterruptedException {
        running();
        placeBaseImage(data);
    }

    /**
     * Gives the installation of this process its Debian: what another process of this run has kept, or else a new one, which is
     * kept. Installing it takes half a minute of a processor, copying it a second. Whoever comes first also sees to it that programs
     * start as fast as they do for users.
     */
    private static void shareBaseImage(Installation shared) throws IOException, InterruptedException {
        Files.createDirectories(OF_THIS_RUN);
        try (FileChannel channel = FileChannel.open(OF_THIS_RUN.resolve("lock"), CREATE, WRITE);
                FileLock _ = channel.lock()) {
            if (Files.exists(KEPT_BASE)) {
                placeBaseImage(shared.data().path());
                return;
            }
            removeOfOtherRuns();
            shared.succeed("build");
            shared.startServer();
            shared.publish("base", "baseImage: {debian: bookworm}\n");
            Path unfinished = OF_THIS_RUN.resolve("unfinished");
            copy(shared.data().path().resolve("layers").resolve(BASE), Files.createDirectories(unfinished));
            Files.move(unfinished.resolve(BASE), KEPT_BASE);
        }
    }

    private static void placeBaseImage(Path data) throws IOException, InterruptedException {
        Files.createDirectories(data);
        Path layers = Files.createDirectory(
                data.resolve("layers"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        copy(KEPT_BASE, layers);
    }

    private static void copy(Path directory, Path into) throws IOException, InterruptedException {
        HostCommand.run("cp", "-a", directory.toString(), into.toString());
    }

    private static void removeOfOtherRuns() throws IOException, InterruptedException {
        try (DirectoryStream<Path> runs = Files.newDirectoryStream(OF_RUNS)) {
            for (Path run : runs) {
                if (!run.equals(OF_THIS_RUN)) {
                    HostCommand.run("rm", "-rf", run.toString());
                }
            }
        }
    }

    private static void removeOfDeadRuns() throws IOException {
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(PLACE, PREFIX + "*")) {
            for (Path folder : folders) {
                String pid = folder.getFileName()
                        .toString()
                        .substring(PREFIX.length())
                        .replaceFirst("-.*", "");
                if (ProcessHandle.of(Long.parseLong(pid)).isEmpty()) {
                    new Removal(folder).run();
                }
            }
        }
    }
}
