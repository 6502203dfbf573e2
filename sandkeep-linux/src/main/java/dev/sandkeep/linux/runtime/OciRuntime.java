package dev.sandkeep.linux.runtime;

import dev.sandkeep.linux.files.Command;
import dev.sandkeep.linux.kernel.AdoptedProcess;
import dev.sandkeep.linux.kernel.HostProcess;
import dev.sandkeep.linux.kernel.Pipe;
import dev.sandkeep.spi.ExecProcess;
import dev.sandkeep.spi.ExecSpec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/**
 * One OCI runtime ({@code crun} or {@code runc}, whose command lines agree), with its state in a directory of its own below
 * {@code /run}, which a reboot clears together with the containers.
 */
public final class OciRuntime {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Path program;
    private final Path state;
    private final ContainerConfig config;

    /**
     * @param program the runtime's executable
     * @param state directory for its state, one for each installation
     * @param unifiedCgroups whether the host has cgroup version 2 only
     */
    public OciRuntime(Path program, Path state, boolean unifiedCgroups) {
        this.program = program;
        this.state = state;
        this.config = new ContainerConfig(
                SeccompProfile.DEFAULT,
                Command.find("catatonit").orElse(Path.of("/usr/bin/catatonit")),
                unifiedCgroups);
        AdoptedProcess.adoptDescendants();
        try {
            Files.createDirectories(
                    state, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        } catch (IOException e) {
            throw new UncheckedIOException(state + " could not be made", e);
        }
    }

    /** {@code crun} or {@code runc}. */
    public String name() {
        return program.getFileName().toString();
    }

    /** The runtime's name and version in one line. */
    public String version() {
        return Command.run(List.of(program.toString(), "--version"), PATIENCE)
                .output()
                .lines()
                .findFirst()
                .orElse(name());
    }

    /**
     * Starts a container; its first process only waits and reaps.
     *
     * @return its first process
     * @throws IllegalStateException with the runtime's own words when it does not start
     */
    public HostProcess run(Container container) {
        Path pidFile = container.bundle().resolve("init.pid");
        Path log = container.bundle().resolve("oci.log");
        try {
            Files.write(container.bundle().resolve("config.json"), config.of(container));
            Process process = new ProcessBuilder(command(
                            "--log",
                            log.toString(),
                            "run",
                            "--detach",
                            "--bundle",
                            container.bundle().toString(),
                            "--pid-file",
                            pidFile.toString(),
                            container.name()))
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.appendTo(
                            container.bundle().resolve("oci.err").toFile()))
                    .start();
            process.getOutputStream().close();
            if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new IllegalStateException(name() + " did not start " + container.name() + " within " + PATIENCE);
            }
            Strays.expect();
            // Also one that ended at once is this process's to take off the process table.
            pid(container.bundle()).ifPresent(OciRuntime::reapWhenItEnds);
            Optional<HostProcess> init = init(container.bundle());
            if (process.exitValue() != 0 || init.isEmpty()) {
                throw new IllegalStateException(
                        name() + " could not start " + container.name() + ": " + words(container.bundle()));
            }
            return init.get();
        } catch (IOException e) {
            throw new UncheckedIOException(container.name() + " could not be started", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while starting " + container.name(), e);
        }
    }

    /** This process adopted the container's first process, and nobody else could take it off the process table. */
    private static void reapWhenItEnds(long init) {
        Thread.ofPlatform().daemon().name("sandkeep-init-" + init).start(() -> AdoptedProcess.await(init));
    }

    /** The first process that the runtime noted in {@code bundle}, if it is alive. */
    public static Optional<HostProcess> init(Path bundle) {
        return pid(bundle).flatMap(HostProcess::find);
    }

    private static Optional<Long> pid(Path bundle) {
        String pid = read(bundle.resolve("init.pid")).strip();
        return pid.isEmpty() ? Optional.empty() : Optional.of(Long.parseLong(pid));
    }

    private static String words(Path bundle) {
        StringBuilder words = new StringBuilder();
        for (String file : List.of("oci.err", "oci.log")) {
            try {
                words.append(Files.readString(bundle.resolve(file)).strip());
            } catch (IOException e) {
                continue;
            }
            if (!words.isEmpty()) {
                break;
            }
        }
        return words.isEmpty() ? "it said nothing" : words.toString();
    }

    /** Removes what the runtime keeps of a container, killing it first. Does nothing when it is gone. */
    public void delete(String container) {
        if (!Files.exists(state.resolve(container))) {
            return;
        }
        Command done = Command.run(command("delete", "--force", container), PATIENCE);
        if (!done.succeeded() && Files.exists(state.resolve(container))) {
            throw new IllegalStateException(name() + " could not delete " + container + ": " + done.output());
        }
    }

    /** The containers of this installation that the runtime keeps something of. */
    public List<String> containers() {
        String[] names = state.toFile().list();
        return names == null ? List.of() : List.of(names);
    }

    /**
     * Starts a command in a container.
     *
     * <p>The runtime only sets the command up and ends; the command's streams are pipes to this process without anything in
     * between, and this process, as the reaper of its descendants, learns how the command ended.
     *
     * @param environment of the container, under the command's own
     * @param scratch private directory of the container's
     */
    public ExecProcess exec(String container, ExecSpec spec, Map<String, String> environment, Path scratch) {
        Path files = scratch.resolve("exec-" + UUID.randomUUID());
        try (Pipe stdin = Pipe.open();
                Pipe stdout = Pipe.open();
                Pipe stderr = Pipe.open()) {
            Files.createDirectory(files);
            Path process = Files.write(files.resolve("process.json"), config.of(spec, environment));
            Process starting = new ProcessBuilder(command(
                            "--log",
                            files.resolve("log").toString(),
                            "exec",
                            "--detach",
                            "--process",
                            process.toString(),
                            "--pid-file",
                            files.resolve("pid").toString(),
                            container))
                    .redirectInput(stdin.readFile())
                    .redirectOutput(stdout.writeFile())
                    .redirectError(stderr.writeFile())
                    .start();
            if (!starting.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                starting.destroyForcibly();
                throw new IllegalStateException(name() + " did not start a command in " + container);
            }
            Strays.expect();
            String pid = read(files.resolve("pid")).strip();
            return starting.exitValue() == 0 && !pid.isEmpty()
                    ? ContainerCommand.running(Long.parseLong(pid), stdin, stdout, stderr)
                    : ContainerCommand.neverRan(read(files.resolve("log")), stdin, stdout, stderr);
        } catch (IOException e) {
            throw new UncheckedIOException("a command could not be started in " + container, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while starting a command in " + container, e);
        } finally {
            for (String name : List.of("process.json", "pid", "log")) {
                files.resolve(name).toFile().delete();
            }
            files.toFile().delete();
        }
    }

    /** Removes the state directory, unless a container is left in it. */
    public void removeState() {
        state.toFile().delete();
    }

    private List<String> command(String... words) {
        List<String> command = new ArrayList<>(List.of(program.toString(), "--root", state.toString()));
        command.addAll(List.of(words));
        return command;
    }

    static String read(Path file) {
        try {
            return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
        } catch (IOException e) {
            return "";
        }
    }
}
