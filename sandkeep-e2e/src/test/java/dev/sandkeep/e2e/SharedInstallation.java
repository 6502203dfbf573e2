package dev.sandkeep.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
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

    private static @Nullable Installation installation;

    private SharedInstallation() {}

    static synchronized Installation running() {
        try {
            if (installation == null) {
                removeOfDeadRuns();
                Path folder = newFolder("shared");
                Runtime.getRuntime().addShutdownHook(new Thread(() -> new Removal(folder).run()));
                installation = new Installation(folder);
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
        Installation shared = running();
        Path base = shared.data().path().resolve("layers").resolve(BASE);
        if (Files.notExists(base)) {
            shared.publish("base", "baseImage: {debian: bookworm}\n");
        }
        Path layers = Files.createDirectory(
                data.resolve("layers"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        int exit = new ProcessBuilder("cp", "-a", base.toString(), layers.toString())
                .inheritIO()
                .start()
                .waitFor();
        if (exit != 0) {
            throw new IOException("the base image could not be copied to " + layers);
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
