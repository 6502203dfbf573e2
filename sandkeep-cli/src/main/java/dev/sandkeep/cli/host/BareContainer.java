package dev.sandkeep.cli.host;

import dev.sandkeep.cli.client.Failure;
import dev.sandkeep.cli.client.Json;
import dev.sandkeep.cli.terminal.Times;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The yardstick: the same container as a running sandbox's, run by the bare OCI runtime. Its configuration is the
 * sandbox's own, so namespaces, mapping of ids, limits, seccomp and mounts are equal; only the namespaces are the
 * runtime's to make, and the command is another. Its root is an overlay of the layers that the sandbox has.
 *
 * <p>The layers are not id-mapped here, so most files appear as nobody's inside; a program that everybody may run does
 * not notice.
 */
public final class BareContainer implements AutoCloseable {
    private static final Path CHOSEN_RUNTIME = Path.of("/run/sandkeep/runtime.json");
    /** What the configuration mounts file systems of its own on, where nothing has to be prepared. */
    private static final List<String> FRESH = List.of("/proc", "/dev", "/sys", "/run");

    private final Path runtime;
    private final Path folder;
    private final ObjectNode config;
    private int runs;

    private BareContainer(Path runtime, Path folder, ObjectNode config) {
        this.runtime = runtime;
        this.folder = folder;
        this.config = config;
    }

    /**
     * Prepares the equal of a running compute of the {@code linux} provider.
     *
     * @param data the server's data directory, on this machine
     * @throws Failure when it cannot be done here
     */
    public static BareContainer like(DataDirectory data, String sandboxId, int generation) {
        Path compute = data.path().resolve("sandboxes").resolve(sandboxId).resolve(Integer.toString(generation));
        try {
            Path runtime = runtime();
            ObjectNode config = (ObjectNode) Json.parse(Files.readString(compute.resolve("config.json")));
            String image = Json.parse(Files.readString(compute.resolve("compute.json")))
                    .path("image")
                    .asString();
            Path folder = Files.createTempDirectory(Path.of("/var/tmp"), "sandkeep-bare-");
            BareContainer container = new BareContainer(runtime, folder, config);
            try {
                container.prepare(compute, layers(data, image));
                return container;
            } catch (IOException | Failure e) {
                container.close();
                throw e;
            }
        } catch (IOException e) {
            throw new Failure(
                    "no bare container equal to " + sandboxId + " can be prepared: " + e,
                    "run as root on the machine of the server, with the linux provider",
                    e);
        }
    }

    /** {@code runc}, the reference runtime, where it is installed; else the one that the provider chose on this machine. */
    private static Path runtime() throws IOException {
        for (String place : List.of("/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin")) {
            if (Files.isExecutable(Path.of(place, "runc"))) {
                return Path.of(place, "runc");
            }
        }
        if (Files.isReadable(CHOSEN_RUNTIME)) {
            return Path.of(
                    Json.parse(Files.readString(CHOSEN_RUNTIME)).path("program").asString());
        }
        throw new IOException("neither runc nor crun is installed");
    }

    /** {@code runc} or {@code crun}. */
    public String runtimeName() {
        return runtime.getFileName().toString();
    }

    private static List<Path> layers(DataDirectory data, String image) throws IOException {
        List<Path> layers = new ArrayList<>();
        String next = image;
        while (!next.isEmpty()) {
            Path layer = data.path().resolve("layers").resolve(next);
            layers.add(layer.resolve("diff"));
            next = Json.parse(Files.readString(layer.resolve("layer.json")))
                    .path("parent")
                    .asString("");
        }
        return layers;
    }

    private void prepare(Path compute, List<Path> layers) throws IOException {
        int first =
                config.path("linux").path("uidMappings").path(0).path("hostID").asInt();
        passable(folder);
        for (String name : List.of("upper", "work", "rootfs", "state")) {
            Files.createDirectory(folder.resolve(name));
        }
        own(folder.resolve("upper"), first);
        passable(folder.resolve("upper"));
        String lower = String.join(":", layers.stream().map(Path::toString).toList());
        run(
                "mount",
                "-t",
                "overlay",
                "overlay",
                "-o",
                "lowerdir=" + lower + ",upperdir=" + folder.resolve("upper") + ",workdir=" + folder.resolve("work"),
                folder.resolve("rootfs").toString());
        for (JsonNode mount : config.path("mounts")) {
            adoptSource(compute, (ObjectNode) mount);
            prepareTarget(mount);
        }
        for (JsonNode namespace : config.path("linux").path("namespaces")) {
            ((ObjectNode) namespace).remove("path");
        }
        config.putObject("root")
                .put("path", folder.resolve("rootfs").toString())
                .put("readonly", false);
        ((ObjectNode) config.path("linux")).put("cgroupsPath", "/" + folder.getFileName());
    }

    /** Files that the sandbox's own directory provides are copied, because that directory may go. */
    private void adoptSource(Path compute, ObjectNode mount) throws IOException {
        Path source = Path.of(mount.path("source").asString());
        if (!source.startsWith(compute)) {
            return;
        }
        Path copy = folder.resolve("mount-" + source.getFileName());
        if (Files.isDirectory(source)) {
            Files.createDirectories(copy);
            passable(copy);
        } else {
            Files.copy(source, copy);
        }
        mount.put("source", copy.toString());
    }

    private void prepareTarget(JsonNode mount) throws IOException {
        String destination = mount.path("destination").asString();
        if (FRESH.stream().anyMatch(destination::startsWith)) {
            return;
        }
        Path target = folder.resolve("rootfs").resolve(destination.substring(1));
        if (Files.notExists(target)) {
            Files.createDirectories(target.getParent());
            if (Files.isDirectory(Path.of(mount.path("source").asString()))) {
                Files.createDirectory(target);
            } else {
                Files.createFile(target);
            }
        }
    }

    private static void passable(Path directory) throws IOException {
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private static void own(Path path, int id) throws IOException {
        Files.setAttribute(path, "unix:uid", id);
        Files.setAttribute(path, "unix:gid", id);
    }

    /**
     * Runs {@code command} in a new container and waits until both are gone.
     *
     * @return how long that took, from starting the runtime to its end
     * @throws Failure when it does not succeed
     */
    public Duration time(String... command) {
        ArrayNode arguments = Json.array();
        List.of(command).forEach(arguments::add);
        ((ObjectNode) config.path("process")).set("args", arguments);
        try {
            Files.writeString(folder.resolve("config.json"), Json.compact(config));
        } catch (IOException e) {
            throw new Failure("cannot write " + folder.resolve("config.json") + ": " + e.getMessage(), "", e);
        }
        String id = folder.getFileName() + "-" + ++runs;
        String state = folder.resolve("state").toString();
        long began = System.nanoTime();
        run(runtime.toString(), "--root", state, "run", "--bundle", folder.toString(), id);
        return Times.since(began);
    }

    private void run(String... command) {
        File output = folder.resolve("output").toFile();
        try {
            Process process = new ProcessBuilder(command)
                    .redirectInput(new File("/dev/null"))
                    .redirectOutput(output)
                    .redirectErrorStream(true)
                    .start();
            int code = process.waitFor();
            if (code != 0) {
                throw new Failure(
                        command[0] + " ended with exit code " + code + ": "
                                + Files.readString(output.toPath(), StandardCharsets.UTF_8)
                                        .strip(),
                        "");
            }
        } catch (IOException e) {
            throw new Failure(command[0] + " cannot be run: " + e.getMessage(), "", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Failure("interrupted", "", e);
        }
    }

    /** Unmounts and deletes everything. */
    @Override
    public void close() {
        Path root = folder.resolve("rootfs");
        try {
            if (Files.readString(Path.of("/proc/self/mountinfo")).contains(" " + root + " ")) {
                run("umount", root.toString());
            }
            List<Path> all;
            try (Stream<Path> files = Files.walk(folder)) {
                all = files.sorted(Comparator.reverseOrder()).toList();
            }
            for (Path file : all) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new Failure("cannot clean up " + folder + ": " + e, "delete it by hand", e);
        }
    }
}
