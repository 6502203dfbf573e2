package dev.sandkeep.e2e;

import dev.sandkeep.cli.client.Failure;
import dev.sandkeep.cli.client.Json;
import dev.sandkeep.cli.host.DataDirectory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Removes an installation with everything that belongs to it on this host: first by its own server, then, whatever became of
 * that, by what is recorded in its data directory.
 */
final class Removal {
    private final Path folder;
    private final DataDirectory data;

    Removal(Path folder) {
        this.folder = folder;
        this.data = new DataDirectory(folder.resolve("data"));
    }

    void run() {
        try {
            askServer();
            endServers();
            endSandboxes();
            endPostgres();
            unmount();
            releaseSlots();
            command("rm", "-rf", "--one-file-system", folder.toString());
        } catch (IOException e) {
            throw new UncheckedIOException("could not remove " + folder, e);
        }
    }

    /** The regular way: delete the sessions, so that their compute is destroyed with its network links and cgroups. */
    private void askServer() {
        if (data.server().filter(server -> isOurs(server.pid())).isPresent()) {
            try {
                new Installation(folder).deleteSessions();
            } catch (Failure serverDoesNotAnswer) {
                // then by hand, below
            }
        }
    }

    private void endServers() throws IOException {
        for (ProcessHandle process : ProcessHandle.allProcesses().toList()) {
            if (process.pid() != ProcessHandle.current().pid() && isOurs(process.pid())) {
                process.destroy();
                try {
                    process.onExit().get(30, TimeUnit.SECONDS);
                } catch (Exception tooSlow) {
                    process.destroyForcibly();
                }
            }
        }
    }

    /** A process that was started with this data directory in its environment. */
    private boolean isOurs(long pid) {
        try {
            String environment =
                    Files.readString(Path.of("/proc", Long.toString(pid), "environ"), StandardCharsets.ISO_8859_1);
            return environment.contains("SANDKEEP_DATA=" + data.path() + "\0");
        } catch (IOException gone) {
            return false;
        }
    }

    private void endSandboxes() throws IOException {
        for (Path started : files("sandboxes", "started.json")) {
            Path relative = data.path().resolve("sandboxes").relativize(started);
            kill(
                    Json.parse(Files.readString(started)).path("pid").asLong(),
                    relative.getName(0) + "-" + relative.getName(1));
        }
    }

    /** Kills a recorded process if it still is in the compute's cgroup. */
    private static void kill(long pid, String compute) {
        try {
            if (Files.readString(Path.of("/proc", Long.toString(pid), "cgroup")).contains(compute)) {
                ProcessHandle.of(pid).ifPresent(process -> {
                    process.destroyForcibly();
                    process.onExit().join();
                });
            }
        } catch (IOException gone) {
            // that is what was wanted
        }
    }

    private void endPostgres() throws IOException {
        for (Path file : files("postgres", "postmaster.pid")) {
            long pid = Long.parseLong(Files.readAllLines(file).getFirst().strip());
            Path cwd = Path.of("/proc", Long.toString(pid), "cwd");
            if (Files.exists(cwd) && cwd.toRealPath().startsWith(data.path())) {
                command("kill", "-INT", Long.toString(pid));
                ProcessHandle.of(pid).ifPresent(process -> process.onExit().join());
            }
        }
    }

    private void unmount() throws IOException {
        List<String> mounts = new ArrayList<>();
        for (String line : Files.readAllLines(Path.of("/proc/self/mountinfo"))) {
            String place = line.split(" ", -1)[4];
            if (place.startsWith(folder + "/")) {
                mounts.add(place);
            }
        }
        for (String mount : mounts.reversed()) {
            command("umount", "--lazy", mount);
        }
    }

    private void releaseSlots() throws IOException {
        Path slots = Path.of("/run/sandkeep/slots");
        if (!Files.isDirectory(slots)) {
            return;
        }
        try (DirectoryStream<Path> claims = Files.newDirectoryStream(slots, "[0-9]*")) {
            for (Path claim : claims) {
                if (Json.parse(Files.readString(claim))
                        .path("dataDirectory")
                        .asString("")
                        .equals(data.path().toString())) {
                    Files.deleteIfExists(claim);
                }
            }
        }
    }

    private List<Path> files(String below, String name) throws IOException {
        Path root = data.path().resolve(below);
        if (!Files.isDirectory(root)) {
            return List.of();
        }
        try (Stream<Path> found = Files.find(root, 3, (path, attributes) -> path.endsWith(name))) {
            return found.toList();
        }
    }

    private static void command(String... words) throws IOException {
        try {
            new ProcessBuilder(words).inheritIO().start().waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
