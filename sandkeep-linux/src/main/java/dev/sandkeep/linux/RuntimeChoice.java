package dev.sandkeep.linux;

import static java.util.Objects.requireNonNull;

import dev.sandkeep.linux.files.Command;
import dev.sandkeep.linux.files.JsonFile;
import dev.sandkeep.linux.files.JsonFile.Durability;
import dev.sandkeep.linux.kernel.Directory;
import dev.sandkeep.linux.layers.LayerStore;
import dev.sandkeep.spi.ComputeId;
import dev.sandkeep.spi.ComputeSpec;
import dev.sandkeep.spi.ImageId;
import dev.sandkeep.spi.InspectOutcome;
import dev.sandkeep.spi.Limits;
import dev.sandkeep.spi.ProviderConfig;
import dev.sandkeep.spi.ProviderException;
import dev.sandkeep.spi.StartOutcome;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * Chooses the OCI runtime by starting a real sandbox with each, the faster one first: whether one works depends on kernel,
 * cgroup layout and capabilities in ways that versions do not tell. The choice is remembered until the host reboots or the
 * program changes.
 */
final class RuntimeChoice {
    private static final System.Logger LOG = System.getLogger(RuntimeChoice.class.getName());
    private static final List<String> CANDIDATES = List.of("crun", "runc");
    private static final Path HOST = Path.of("/run/sandkeep");
    private static final Set<PosixFilePermission> PASSABLE = PosixFilePermissions.fromString("rwx--x--x");

    private RuntimeChoice() {}

    private record Remembered(String program, long modified) {}

    /**
     * The runtime to use on this host: the one that the setting {@code runtime} names, else the fastest that works.
     *
     * @throws ProviderException when none works, with each one's own words
     */
    static Path make(ProviderConfig config) {
        prepareHostDirectory();
        Optional<String> named = config.setting("runtime");
        return named.isPresent() ? named(named.get(), config) : fastest(config);
    }

    private static Path named(String runtime, ProviderConfig config) {
        Path program = Command.find(runtime)
                .orElseThrow(() -> new ProviderException(
                        ProviderException.Kind.FAULT,
                        "the OCI runtime '" + runtime + "' of the setting 'runtime' is not installed"));
        trySandbox(config, program);
        return program;
    }

    private static Path fastest(ProviderConfig config) {
        Path memory = HOST.resolve("runtime.json");
        var remembered = JsonFile.read(memory, Remembered.class)
                .filter(choice -> modified(Path.of(choice.program())) == choice.modified());
        if (remembered.isPresent()) {
            return Path.of(remembered.get().program());
        }
        List<String> reasons = new ArrayList<>();
        for (String name : CANDIDATES) {
            Path program = Command.find(name).orElse(null);
            if (program == null) {
                reasons.add(name + " is not installed");
                continue;
            }
            try {
                trySandbox(config, program);
                JsonFile.write(memory, new Remembered(program.toString(), modified(program)), Durability.PROCESS);
                return program;
            } catch (RuntimeException e) {
                LOG.log(Level.INFO, "event=runtime_refused program=" + program, e);
                reasons.add(name + ": " + e.getMessage());
            }
        }
        throw new ProviderException(
                ProviderException.Kind.FAULT, "no OCI runtime can start a sandbox here: " + String.join("; ", reasons));
    }

    private static void prepareHostDirectory() {
        try {
            Files.createDirectories(HOST);
            Files.setPosixFilePermissions(HOST, PASSABLE);
        } catch (IOException e) {
            throw new UncheckedIOException(HOST + " could not be made", e);
        }
    }

    private static long modified(Path program) {
        try {
            return Files.getLastModifiedTime(program).toMillis();
        } catch (IOException e) {
            return -1;
        }
    }

    /**
     * Starts and destroys one sandbox of an empty image in a throwaway data directory, which is on the file system of the real
     * one: not every file system can be id-mapped (tmpfs, which {@code /run} is, cannot before Linux 6.3).
     */
    private static void trySandbox(ProviderConfig config, Path program) {
        String installation = UUID.randomUUID().toString().substring(0, 8);
        Path place = nearestDirectory(config.dataDirectory());
        Path data = place.resolve("sandkeep-try-" + installation);
        try {
            Files.createDirectories(data.resolve("tmp"));
            Files.setPosixFilePermissions(data, PASSABLE);
            LayerStore layers = new LayerStore(data);
            Path prepared = layers.prepare();
            for (String directory : List.of("proc", "dev", "sys", "run", "etc", "root", "tmp")) {
                Files.createDirectory(LayerStore.files(prepared).resolve(directory));
            }
            ImageId image = new ImageId("empty");
            layers.commitBase(image, prepared, "sha256:none");
            ProviderConfig throwaway = new ProviderConfig(data, installation, config.settings());
            try (LinuxSandboxProvider provider = LinuxSandboxProviderFactory.open(throwaway, program, 0)) {
                startAndDestroy(provider, image);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(data + " could not be prepared", e);
        } finally {
            remove(place, data.getFileName());
            remove(HOST.resolve("oci"), Path.of(installation));
        }
    }

    private static void remove(Path parent, Path name) {
        if (Files.exists(parent.resolve(name))) {
            try (Directory directory = Directory.open(parent)) {
                directory.removeTree(Directory.bytes(name.toString()));
            }
        }
    }

    /** {@code directory}, or the nearest one above it that is there. */
    static Path nearestDirectory(Path directory) {
        Path place = directory.toAbsolutePath();
        while (!Files.isDirectory(place)) {
            place = requireNonNull(place.getParent(), "/ is a directory");
        }
        return place;
    }

    private static void startAndDestroy(LinuxSandboxProvider provider, ImageId image) {
        ComputeId id = new ComputeId("try", 1);
        ComputeSpec spec = new ComputeSpec(id, image, Limits.ofMebibytes(64, 1, 32, 64), Map.of(), List.of(), Map.of());
        try (AutoCloseable _ = () -> provider.destroy(id)) {
            StartOutcome started = provider.start(spec);
            if (!(started instanceof StartOutcome.Started)
                    || !(provider.inspect(id) instanceof InspectOutcome.Running)) {
                throw new IllegalStateException("the sandbox did not stay up: " + started);
            }
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException("the sandbox could not be destroyed", e);
        }
    }
}
