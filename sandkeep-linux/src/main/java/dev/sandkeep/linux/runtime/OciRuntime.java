package dev.sandkeep.linux.runtime;

import dev.sandkeep.linux.files.Command;
import dev.sandkeep.linux.kernel.AdoptedProcess;
import dev.sandkeep.linux.kernel.ChildProcess;
import dev.sandkeep.linux.kernel.HostProcess;
import dev.sandkeep.linux.kernel.KernelException;
import dev.sandkeep.linux.kernel.Pipe;
import dev.sandkeep.linux.kernel.SealedProgram;
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
import java.util.OptionalInt;
import java.util.UUID;

/**
 * One OCI runtime ({@code crun} or {@code runc}, whose command lines agree), with its state in a directory of its own below
 * {@code /run}, which a reboot clears together with the containers.
 */
public final class OciRuntime implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static final System.Logger LOG = System.getLogger(OciRuntime.class.getName());

    private final Path program;
    private final Optional<SealedProgram> copy;
    private final Path state;
    private final ContainerConfig config;

    /**
     * @param program the runtime's executable
     * @param state directory for its state, one for each installation
     * @param unifiedCgroups whether the host has cgroup version 2 only
     */
    public OciRuntime(Path program, Path state, boolean unifiedCgroups) {
        this.program = program;
        this.copy = sealed(program);
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

    private static Optional<SealedProgram> sealed(Path program) {
        try {
            return Optional.of(SealedProgram.of(program));
        } catch (KernelException e) {
            LOG.log(System.Logger.Level.INFO, "event=runtime_not_sealed program=" + program, e);
            return Optional.empty();
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
            int exitCode = call(
                    ChildProcess.Streams.errorsTo(container.bundle().resolve("oci.err")),
                    "--log",
                    log.toString(),
                    "run",
                    "--detach",
                    "--bundle",
                    container.bundle().toString(),
                    "--pid-file",
                    pidFile.toString(),
                    container.name());
            // Also one that ended at once is this process's to take off the process table.
            pid(container.bundle()).ifPresent(OciRuntime::reapWhenItEnds);
            Optional<HostProcess> init = init(container.bundle());
            if (exitCode != 0 || init.isEmpty()) {
                throw new IllegalStateException(
                        name() + " could not start " + container.name() + ": " + words(container.bundle()));
            }
            return init.get();
        } catch (IOException e) {
            throw new UncheckedIOException(container.name() + " could not be started", e);
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
        List<String> command = new ArrayList<>(List.of(program.toString()));
        command.addAll(arguments("delete", "--force", container));
        Command done = Command.run(command, PATIENCE);
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
            int exitCode = call(
                    new ChildProcess.Streams(stdin.readEnd(), stdout.writeEnd(), stderr.writeEnd()),
                    "--log",
                    files.resolve("log").toString(),
                    "exec",
                    "--detach",
                    "--process",
                    process.toString(),
                    "--pid-file",
                    files.resolve("pid").toString(),
                    container);
            String pid = read(files.resolve("pid")).strip();
            return exitCode == 0 && !pid.isEmpty()
                    ? ContainerCommand.running(Long.parseLong(pid), stdin, stdout, stderr)
                    : ContainerCommand.neverRan(read(files.resolve("log")), stdin, stdout, stderr);
        } catch (IOException e) {
            throw new UncheckedIOException("a command could not be started in " + container, e);
        } finally {
            for (String name : List.of("process.json", "pid", "log")) {
                files.resolve(name).toFile().delete();
            }
            files.toFile().delete();
        }
    }

    /** Runs the runtime, which leaves a helper behind; a hanging one is killed. @return its exit code */
    private int call(ChildProcess.Streams streams, String... words) {
        ChildProcess process =
                ChildProcess.start(copy.map(SealedProgram::path).orElse(program), name(), arguments(words), streams);
        OptionalInt exitCode = process.waitFor(PATIENCE);
        Strays.expect();
        return exitCode.orElseThrow(
                () -> new IllegalStateException(process + " did not end within " + PATIENCE.toSeconds() + " s"));
    }

    /** Removes the state directory, unless a container is left in it. */
    public void removeState() {
        state.toFile().delete();
    }

    /** Lets go of the program; containers go on. */
    @Override
    public void close() {
        copy.ifPresent(SealedProgram::close);
    }

    private List<String> arguments(String... words) {
        List<String> arguments = new ArrayList<>(List.of("--root", state.toString()));
        arguments.addAll(List.of(words));
        return arguments;
    }

    static String read(Path file) {
        try {
            return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
        } catch (IOException e) {
            return "";
        }
    }
}
