package dev.sandkeep.linux.computes;

import dev.sandkeep.linux.files.JsonFile;
import dev.sandkeep.linux.files.JsonFile.Durability;
import dev.sandkeep.linux.kernel.HostProcess;
import dev.sandkeep.linux.runtime.OciRuntime;
import dev.sandkeep.spi.ComputeId;
import dev.sandkeep.spi.IdRange;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Finds and writes what is on disk of computes. Knows nothing of mounts, slots or the runtime. */
public final class ComputeStore {
    /** A fence outlives its compute for longer than any server could still hold an old order in its hands. */
    private static final Duration FENCE_KEPT = Duration.ofHours(24);

    private final Path sandboxes;
    private final String bootId;

    /** Opens the computes of {@code data}. */
    public ComputeStore(Path data) {
        this.sandboxes = data.resolve("sandboxes");
        try {
            Files.createDirectories(sandboxes);
            // The runtime enters root file systems as the sandbox's own user, who must be let through.
            Files.setPosixFilePermissions(sandboxes, PosixFilePermissions.fromString("rwx--x--x"));
            this.bootId =
                    Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip();
        } catch (IOException e) {
            throw new UncheckedIOException(sandboxes + " could not be opened", e);
        }
    }

    /** This boot of the host. */
    public String bootId() {
        return bootId;
    }

    private record Started(long pid, long startTicks, String startedAt) {}

    private record Ended(String cause) {}

    /** A compute's first process. */
    public record Init(HostProcess process, Instant startedAt) {}

    /** The directory of a compute, whether or not it exists. */
    public Path directory(ComputeId id) {
        return sandboxes.resolve(id.sandbox()).resolve(Integer.toString(id.generation()));
    }

    /** The newest generation of a sandbox that was ever started here; 0 when none is known. */
    public int newestGeneration(String sandbox) {
        try {
            return Integer.parseInt(Files.readString(sandboxes.resolve(sandbox).resolve("newest"))
                    .strip());
        } catch (IOException e) {
            return 0;
        }
    }

    /**
     * Makes the directory of a compute with its record in it, for the given ids to pass through and for nobody else to look
     * into.
     */
    public Path create(ComputeRecord record) {
        Path directory = directory(record.id());
        Path sandbox = directory.resolveSibling("newest");
        try {
            for (Path path : List.of(sandboxes.resolve(record.id().sandbox()), directory)) {
                Files.createDirectories(path);
                passable(path, record.range());
            }
            JsonFile.write(sandbox, record.id().generation(), Durability.PROCESS);
            JsonFile.write(directory.resolve("compute.json"), record, Durability.PROCESS);
            return directory;
        } catch (IOException e) {
            throw new UncheckedIOException(directory + " could not be made", e);
        }
    }

    private static void passable(Path directory, IdRange range) throws IOException {
        Files.setAttribute(directory, "unix:gid", Math.toIntExact(range.first()));
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx--x---"));
    }

    /** What was decided about a compute; empty when nothing of it is here. */
    public Optional<ComputeRecord> find(ComputeId id) {
        return JsonFile.read(directory(id).resolve("compute.json"), ComputeRecord.class);
    }

    /** Notes the first process of a compute. */
    public void started(ComputeId id, HostProcess init, Instant at) {
        JsonFile.write(
                directory(id).resolve("started.json"),
                new Started(init.pid(), init.startTicks(), at.toString()),
                Durability.PROCESS);
    }

    /** Notes why a compute ended, unless that was noted before. */
    public void ended(ComputeId id, String cause) {
        Path file = directory(id).resolve("ended.json");
        if (Files.isDirectory(directory(id)) && !Files.exists(file)) {
            JsonFile.write(file, new Ended(cause), Durability.PROCESS);
        }
    }

    /** Why a compute ended, as far as it was noted. */
    public String cause(ComputeId id) {
        return JsonFile.read(directory(id).resolve("ended.json"), Ended.class)
                .map(Ended::cause)
                .orElse("ended");
    }

    /** When its start began. */
    public Instant createdAt(ComputeId id) {
        return modified(directory(id).resolve("compute.json"));
    }

    /** Whether a start of this compute was ever completed, or a container of it was seen. */
    public boolean everStarted(ComputeId id) {
        return Files.exists(directory(id).resolve("started.json"));
    }

    /** The first process of a compute, if it is alive. */
    public Optional<Init> running(ComputeRecord record) {
        if (!record.bootId().equals(bootId)
                || Files.exists(directory(record.id()).resolve("ended.json"))) {
            return Optional.empty();
        }
        Path directory = directory(record.id());
        Optional<Started> started = JsonFile.read(directory.resolve("started.json"), Started.class);
        if (started.isPresent()) {
            HostProcess init =
                    new HostProcess(started.get().pid(), started.get().startTicks());
            return init.alive()
                    ? Optional.of(new Init(init, Instant.parse(started.get().startedAt())))
                    : Optional.empty();
        }
        return OciRuntime.init(directory).map(init -> new Init(init, modified(directory.resolve("init.pid"))));
    }

    private static Instant modified(Path file) {
        try {
            return Files.getLastModifiedTime(file).toInstant();
        } catch (IOException e) {
            return Instant.now();
        }
    }

    /** All computes of which something is here, in no order. */
    public List<ComputeId> list() {
        List<ComputeId> found = new ArrayList<>();
        for (Path sandbox : children(sandboxes)) {
            for (Path generation : children(sandbox)) {
                String number = generation.getFileName().toString();
                if (number.chars().allMatch(Character::isDigit)) {
                    found.add(new ComputeId(sandbox.getFileName().toString(), Integer.parseInt(number)));
                }
            }
        }
        return found;
    }

    /** Removes fences of sandboxes of which nothing else is left and nothing was heard for a day. */
    public void sweepFences() {
        Instant old = Instant.now().minus(FENCE_KEPT);
        for (Path sandbox : children(sandboxes)) {
            Path fence = sandbox.resolve("newest");
            if (children(sandbox).isEmpty()
                    && Files.exists(fence)
                    && modified(fence).isBefore(old)) {
                fence.toFile().delete();
                sandbox.toFile().delete();
            }
        }
    }

    private static List<Path> children(Path directory) {
        try (Stream<Path> names = Files.list(directory)) {
            return names.filter(Files::isDirectory).toList();
        } catch (IOException e) {
            if (Files.exists(directory)) {
                throw new UncheckedIOException(directory + " could not be listed", e);
            }
            return List.of();
        }
    }
}
