package dev.sandkeep.bench;

import dev.sandkeep.cli.client.Failure;
import dev.sandkeep.cli.client.Json;
import dev.sandkeep.cli.client.Session;
import dev.sandkeep.cli.host.DataDirectory;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** A Docker engine on this machine with an image made from the same Debian tree, and containers with the same limits. */
final class Docker {
    private final String image;
    private int containers;

    private Docker(String image) {
        this.image = image;
    }

    /** The engine with the image in it; empty when no engine answers here. */
    static Optional<Docker> withImageOf(DataDirectory data, Session session, Leftovers leftovers) {
        if (!answers()) {
            return Optional.empty();
        }
        Docker docker = new Docker("sandkeep-bench:" + Long.toString(System.currentTimeMillis(), 36));
        leftovers.removeLater(docker::removeImage);
        run(
                "sh",
                "-c",
                "tar --numeric-owner -C \"$1\" -c . | docker import - \"$2\"",
                "sh",
                baseTree(data, session).toString(),
                docker.image);
        return Optional.of(docker);
    }

    private static boolean answers() {
        try {
            Process process = new ProcessBuilder("docker", "version", "--format", "{{.Server.Version}}")
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            return process.waitFor(5, TimeUnit.SECONDS) && process.exitValue() == 0;
        } catch (IOException notInstalled) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** The bottom layer of the session's snapshot: Debian as it was unpacked. */
    private static Path baseTree(DataDirectory data, Session session) {
        try {
            Path compute = data.path()
                    .resolve("sandboxes")
                    .resolve(session.sandboxId())
                    .resolve(Integer.toString(session.generation()));
            String layer = Json.parse(Files.readString(compute.resolve("compute.json")))
                    .path("image")
                    .asString();
            String parent = layer;
            while (!parent.isEmpty()) {
                layer = parent;
                parent = Json.parse(Files.readString(
                                data.path().resolve("layers").resolve(layer).resolve("layer.json")))
                        .path("parent")
                        .asString("");
            }
            return data.path().resolve("layers").resolve(layer).resolve("diff");
        } catch (IOException e) {
            throw new Failure("the layers of " + session.sandboxId() + " cannot be read: " + e, "run as root", e);
        }
    }

    /** Runs a container with a program that ends at once, and waits for its end. */
    void run() {
        run(List.of("--rm"), "/bin/true");
    }

    /** A container that waits; its name. */
    String start() {
        String name = image.replace(':', '-') + "-" + ++containers;
        run(List.of("--detach", "--name", name), "sleep", "infinity");
        return name;
    }

    private void run(List<String> options, String... program) {
        List<String> command = new ArrayList<>(List.of("docker", "run"));
        command.addAll(options);
        command.addAll(List.of(
                "--memory=" + BenchProfile.MEMORY_MIB + "m",
                "--cpus=" + BenchProfile.CPUS,
                "--pids-limit=" + BenchProfile.PIDS,
                "--init",
                image));
        command.addAll(List.of(program));
        run(command.toArray(String[]::new));
    }

    /** Runs a command in a container. */
    void exec(String container, String... program) {
        List<String> command = new ArrayList<>(List.of("docker", "exec", container));
        command.addAll(List.of(program));
        run(command.toArray(String[]::new));
    }

    /** An engine whose image is what {@code container} has become. */
    Docker commit(String container) {
        Docker committed = new Docker(image + "-" + containers);
        run("docker", "commit", container, committed.image);
        return committed;
    }

    void removeImage() {
        run("docker", "image", "rm", "--force", image);
    }

    void remove(String container) {
        run("docker", "rm", "--force", container);
    }

    private static void run(String... command) {
        try {
            Process process = new ProcessBuilder(command)
                    .redirectInput(new File("/dev/null"))
                    .redirectErrorStream(true)
                    .start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
                throw new Failure(String.join(" ", List.of(command).subList(0, 2)) + " failed: " + output.strip(), "");
            }
        } catch (IOException e) {
            throw new Failure(command[0] + " cannot be run: " + e.getMessage(), "", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Failure("interrupted", "", e);
        }
    }
}
