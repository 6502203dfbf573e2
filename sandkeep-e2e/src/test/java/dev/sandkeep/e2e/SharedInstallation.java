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
