package dev.sandkeep.server.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sandkeep.server.profiles.RuntimePlan;
import dev.sandkeep.spi.BaseImageOutcome;
import dev.sandkeep.spi.BaseImageSource;
import dev.sandkeep.spi.CaptureOutcome;
import dev.sandkeep.spi.ChangeVisitor;
import dev.sandkeep.spi.ChangesOutcome;
import dev.sandkeep.spi.ComputeId;
import dev.sandkeep.spi.ComputeSpec;
import dev.sandkeep.spi.DeleteImageOutcome;
import dev.sandkeep.spi.DestroyOutcome;
import dev.sandkeep.spi.ExecOutcome;
import dev.sandkeep.spi.ExecSpec;
import dev.sandkeep.spi.FilePath;
import dev.sandkeep.spi.HostResource;
import dev.sandkeep.spi.ImageDescription;
import dev.sandkeep.spi.ImageDiff;
import dev.sandkeep.spi.ImageFileOutcome;
import dev.sandkeep.spi.ImageId;
import dev.sandkeep.spi.ImageUsage;
import dev.sandkeep.spi.InspectOutcome;
import dev.sandkeep.spi.PauseOutcome;
import dev.sandkeep.spi.ProviderCapabilities;
import dev.sandkeep.spi.ProviderException;
import dev.sandkeep.spi.RunningCompute;
import dev.sandkeep.spi.SandboxProvider;
import dev.sandkeep.spi.StartOutcome;
import dev.sandkeep.spi.StopOutcome;
import dev.sandkeep.spi.VolumeMount;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * A provider without processes, for tests of those who call one: its computes are objects, its commands the few that
 * {@link FakeShell} plays. It keeps the rules of {@link SandboxProvider}'s comments. Files under persisted paths go to the real
 * directories of the volume's mounts.
 *
 * <p>Safe for concurrent use.
 */
public final class InMemoryProvider implements SandboxProvider {
    private final Map<ComputeId, FakeCompute> computes = new TreeMap<>();
    private final Map<String, Integer> newest = new HashMap<>();
    private final Map<ImageId, FakeImage> images = new HashMap<>();
    private final Set<String> brokenSuites = new HashSet<>();
    private final FakeShell shell = new FakeShell();
    private int starts;

    private record FakeImage(ImageDescription description, Map<String, String> files) {}

    private static final class FakeCompute {
        private final ComputeSpec spec;
        private final Instant startedAt = Instant.now();
        private final Map<String, String> files = new HashMap<>();
        private final Map<String, String> runFiles = new HashMap<>();
        private final List<FakeProcess> processes = new ArrayList<>();
        private Optional<String> end = Optional.empty();
        private boolean paused;
        private Optional<ImageId> captured = Optional.empty();

        private FakeCompute(ComputeSpec spec) {
            this.spec = spec;
            runFiles.putAll(spec.runFiles());
        }

        private boolean running() {
            return end.isEmpty();
        }
    }

    // ------------------------------------------------------------------------------------------ for tests

    /** Lets scripts in computes use {@code name}; answers its exit code. */
    public void command(String name, java.util.function.Function<List<String>, Integer> command) {
        shell.command(name, (words, process) -> command.apply(words));
    }

    /** Lets scripts in computes use {@code name}; it succeeds and writes what it answers. */
    public void output(String name, java.util.function.Function<List<String>, String> command) {
        shell.command(name, (words, process) -> {
            process.out(command.apply(words));
            return 0;
        });
    }

    /** What {@link #ensureBaseImage} says of a suite from now on: unavailable, but maybe later; until {@link #mendSuite}. */
    public synchronized void breakSuite(String suite) {
        brokenSuites.add(suite);
    }

    /** The suite can be had again. */
    public synchronized void mendSuite(String suite) {
        brokenSuites.remove(suite);
    }

    /** Its processes die, as when someone kills them from outside; its files stay. */
    public synchronized void kill(ComputeId id) {
        end(compute(id), "killed");
    }

    /** Nothing of it is left, as when its provider expired it. */
    public synchronized void lose(ComputeId id) {
        end(compute(id), "killed");
        computes.remove(id);
    }

    /** Puts a compute on the host that nobody asked for. */
    public synchronized void plant(ComputeId id, ImageId image) {
        start(new ComputeSpec(
                id, image, dev.sandkeep.spi.Limits.ofMebibytes(64, 1, 16, 64), Map.of(), List.of(), Map.of()));
    }

    /** How many computes were ever made. */
    public synchronized int starts() {
        return starts;
    }

    /** The content of a file as the image has it. */
    public synchronized Optional<String> fileOf(ImageId image, String path) {
        return Optional.ofNullable(images.get(image)).map(found -> found.files().get(path));
    }

    /** The processes that run in a compute. */
    public synchronized int processesOf(ComputeId id) {
        return (int) compute(id).processes.stream().filter(FakeProcess::isAlive).count();
    }

    /** Signals that commands of a compute got, all together. */
    public synchronized List<Integer> signalsOf(ComputeId id) {
        return compute(id).processes.stream()
                .flatMap(it -> it.signals().stream())
                .toList();
    }

    private FakeCompute compute(ComputeId id) {
        FakeCompute compute = computes.get(id);
        if (compute == null) {
            throw new AssertionError("no compute " + id + "; there are " + computes.keySet());
        }
        return compute;
    }

    private FakeImage image(FakeCompute compute) {
        return Objects.requireNonNull(images.get(compute.spec.image()), "an image that is used stays");
    }

    // ------------------------------------------------------------------------------------------ SandboxProvider

    @Override
    public ProviderCapabilities capabilities() {
        return new ProviderCapabilities(
                "memory", true, true, true, Optional.empty(), "computes that are objects, for tests");
    }

    @Override
    public synchronized BaseImageOutcome ensureBaseImage(BaseImageSource source, Consumer<String> progress) {
        return switch (source) {
            case BaseImageSource.Debian debian -> {
                if (brokenSuites.contains(debian.suite())) {
                    yield new BaseImageOutcome.Unavailable("the archive does not answer", true);
                }
                if (debian.suite().equals("nosuch")) {
                    yield new BaseImageOutcome.Unavailable("there is no suite 'nosuch'", false);
                }
                yield madeOf("debian_" + debian.suite(), "sha256:" + debian.suite(), debian.suite(), progress);
            }
            case BaseImageSource.Registry registry -> {
                if (registry.reference().contains("nosuch")) {
                    yield new BaseImageOutcome.Unavailable("there is no image " + registry.reference(), false);
                }
                String digest = RuntimePlan.digest(registry.reference().getBytes(UTF_8));
                yield madeOf("oci_" + digest.substring(7, 27), digest, registry.reference(), progress);
            }
            case BaseImageSource.Tar tar ->
                madeOf("tar_" + tar.sha256().substring(0, 20), "sha256:" + tar.sha256(), tar.location(), progress);
        };
    }

    private BaseImageOutcome madeOf(String name, String digest, String version, Consumer<String> progress) {
        ImageId image = new ImageId(name);
        boolean reused = images.containsKey(image);
        progress.accept(reused ? "reusing " + image : "building " + image);
        images.computeIfAbsent(
                image,
                id -> new FakeImage(
                        new ImageDescription(id, Optional.empty(), Instant.now()),
                        Map.of("/etc/debian_version", version + "\n")));
        return new BaseImageOutcome.Ready(image, digest, reused);
    }

    @Override
    public synchronized StartOutcome start(ComputeSpec spec) {
        int seen = newest.getOrDefault(spec.id().sandbox(), 0);
        if (spec.id().generation() < seen) {
            return new StartOutcome.Fenced(seen);
        }
        FakeCompute present = computes.get(spec.id());
        if (present != null && present.running()) {
            return new StartOutcome.Started(new RunningCompute(spec.id(), present.startedAt), true);
        }
        if (present != null) {
            throw new ProviderException(
                    ProviderException.Kind.FAULT, spec.id() + " has stopped and cannot start again");
        }
        if (!images.containsKey(spec.image())) {
            return new StartOutcome.ImageMissing(spec.image());
        }
        for (VolumeMount mount : spec.persisted()) {
            if (!Files.isDirectory(mount.upper())) {
                throw new ProviderException(ProviderException.Kind.FAULT, mount.upper() + " is no directory");
            }
        }
        newest.put(spec.id().sandbox(), spec.id().generation());
        FakeCompute compute = new FakeCompute(spec);
        computes.put(spec.id(), compute);
        starts++;
        return new StartOutcome.Started(new RunningCompute(spec.id(), compute.startedAt), false);
    }

    @Override
    public synchronized InspectOutcome inspect(ComputeId id) {
        FakeCompute compute = computes.get(id);
        if (compute == null) {
            return new InspectOutcome.Missing();
        }
        return compute.running()
                ? new InspectOutcome.Running(new RunningCompute(id, compute.startedAt, compute.paused))
                : new InspectOutcome.Stopped(compute.end.orElseThrow());
    }

    @Override
    public synchronized ExecOutcome exec(ComputeId id, ExecSpec spec) {
        FakeCompute compute = computes.get(id);
        if (compute == null || !compute.running()) {
            return new ExecOutcome.NotRunning();
        }
        if (compute.paused) {
            throw new ProviderException(ProviderException.Kind.UNAVAILABLE, id + " is paused");
        }
        Map<String, String> environment = new HashMap<>(compute.spec.environment());
        environment.putAll(spec.environment());
        FakeProcess process =
                new FakeProcess(spec, running -> shell.run(running, new ComputeFiles(compute), environment));
        compute.processes.add(process);
        process.start();
        return new ExecOutcome.Executing(process);
    }

    @Override
    public synchronized boolean putRunFile(ComputeId id, String name, String content) {
        FakeCompute compute = computes.get(id);
        if (compute == null || !compute.running()) {
            return false;
        }
        compute.runFiles.put(name, content);
        return true;
    }

    @Override
    public synchronized PauseOutcome pause(ComputeId id) {
        return paused(id, true);
    }

    @Override
    public synchronized PauseOutcome unpause(ComputeId id) {
        return paused(id, false);
    }

    private PauseOutcome paused(ComputeId id, boolean paused) {
        FakeCompute compute = computes.get(id);
        if (compute == null) {
            return PauseOutcome.MISSING;
        }
        if (!compute.running()) {
            return PauseOutcome.NOT_RUNNING;
        }
        boolean already = compute.paused == paused;
        compute.paused = paused;
        notifyAll();
        return already ? PauseOutcome.ALREADY : PauseOutcome.DONE;
    }

    @Override
    public synchronized StopOutcome stop(ComputeId id, Duration grace) {
        FakeCompute compute = computes.get(id);
        if (compute == null) {
            return new StopOutcome.Missing();
        }
        if (!compute.running()) {
            return new StopOutcome.AlreadyStopped();
        }
        compute.processes.forEach(process -> process.signal(15));
        boolean forced = compute.processes.stream().anyMatch(FakeProcess::isAlive);
        end(compute, "stopped");
        return new StopOutcome.Stopped(forced);
    }

    private void end(FakeCompute compute, String cause) {
        if (compute.running()) {
            compute.end = Optional.of(cause);
            compute.paused = false;
            compute.processes.forEach(FakeProcess::kill);
            notifyAll();
        }
    }

    @Override
    public synchronized DestroyOutcome destroy(ComputeId id) {
        FakeCompute compute = computes.remove(id);
        if (compute == null) {
            return DestroyOutcome.MISSING;
        }
        end(compute, "killed");
        return DestroyOutcome.DESTROYED;
    }

    @Override
    public synchronized CaptureOutcome capture(ComputeId id, ImageId image) {
        FakeCompute compute = computes.get(id);
        FakeImage present = images.get(image);
        if (present != null) {
            return new CaptureOutcome.Captured(present.description(), true);
        }
        if (compute == null) {
            return new CaptureOutcome.Missing();
        }
        if (compute.running()) {
            return new CaptureOutcome.StillRunning();
        }
        if (compute.captured.isPresent()) {
            throw new ProviderException(ProviderException.Kind.FAULT, id + " was captured as another image");
        }
        Map<String, String> files = new HashMap<>(image(compute).files());
        files.putAll(compute.files);
        FakeImage made = new FakeImage(
                new ImageDescription(image, Optional.of(compute.spec.image()), Instant.now()), Map.copyOf(files));
        images.put(image, made);
        compute.captured = Optional.of(image);
        return new CaptureOutcome.Captured(made.description(), false);
    }

    @Override
    public synchronized List<ImageDescription> listImages() {
        return images.values().stream().map(FakeImage::description).toList();
    }

    @Override
    public synchronized DeleteImageOutcome deleteImage(ImageId image) {
        if (!images.containsKey(image)) {
            return new DeleteImageOutcome.Missing();
        }
        Optional<String> user = Stream.concat(
                        images.values().stream()
                                .filter(it -> it.description().parent().equals(Optional.of(image)))
                                .map(it -> it.description().id().value()),
                        computes.values().stream()
                                .filter(it -> it.spec.image().equals(image))
                                .map(it -> it.spec.id().name()))
                .findFirst();
        if (user.isPresent()) {
            return new DeleteImageOutcome.InUse(user.get());
        }
        images.remove(image);
        return new DeleteImageOutcome.Deleted();
    }

    @Override
    public ChangesOutcome visitChanges(ComputeId id, ChangeVisitor visitor) {
        Map<String, String> changes;
        synchronized (this) {
            FakeCompute compute = computes.get(id);
            if (compute == null || compute.captured.isPresent()) {
                return new ChangesOutcome.Missing();
            }
            changes = new TreeMap<>(compute.files);
        }
        return FakeChanges.visit(changes, visitor);
    }

    @Override
    public ChangesOutcome visitChanges(ImageId image, ChangeVisitor visitor) {
        Map<String, String> changes;
        synchronized (this) {
            FakeImage found = images.get(image);
            if (found == null) {
                return new ChangesOutcome.Missing();
            }
            changes = ownFiles(found);
        }
        return FakeChanges.visit(changes, visitor);
    }

    /** The files that the image below does not have, or has otherwise. */
    private Map<String, String> ownFiles(FakeImage image) {
        Map<String, String> own = new TreeMap<>(image.files());
        image.description()
                .parent()
                .map(images::get)
                .ifPresent(parent -> own.entrySet().removeAll(parent.files().entrySet()));
        return own;
    }

    @Override
    public synchronized Optional<ImageUsage> imageUsage(ImageId image, int largest) {
        return Optional.ofNullable(images.get(image)).map(found -> {
            Map<String, String> own = ownFiles(found);
            return new ImageUsage(
                    FakeChanges.bytes(own),
                    own.size(),
                    FakeChanges.bytes(found.files()) - FakeChanges.bytes(own),
                    (int) images.values().stream()
                            .filter(it -> it.description().parent().equals(Optional.of(image)))
                            .count(),
                    depth(image),
                    FakeChanges.largest(own, largest));
        });
    }

    private int depth(ImageId image) {
        return 1
                + Optional.ofNullable(images.get(image))
                        .flatMap(it -> it.description().parent())
                        .map(this::depth)
                        .orElse(0);
    }

    @Override
    public synchronized Optional<ImageDiff> diffImages(ImageId before, ImageId after, int entries, int largest) {
        FakeImage earlier = images.get(before);
        FakeImage later = images.get(after);
        return earlier == null || later == null
                ? Optional.empty()
                : Optional.of(FakeChanges.diff(earlier.files(), later.files(), entries, largest));
    }

    @Override
    public synchronized ImageFileOutcome readImageFile(ImageId image, FilePath path, int atMost) {
        FakeImage found = images.get(image);
        if (found == null) {
            return new ImageFileOutcome.ImageMissing();
        }
        String content = found.files().get(path.toString());
        if (content == null) {
            return new ImageFileOutcome.NoSuchFile();
        }
        byte[] bytes = content.getBytes(UTF_8);
        return new ImageFileOutcome.Found(
                ByteBuffer.wrap(bytes, 0, Math.min(atMost, bytes.length)).slice(), bytes.length);
    }

    @Override
    public synchronized List<ComputeId> listComputes() {
        return List.copyOf(computes.keySet());
    }

    @Override
    public synchronized List<HostResource> resources() {
        return computes.keySet().stream()
                .map(id -> new HostResource(HostResource.Kind.CONTAINER, "memory:" + id, Optional.of(id.name())))
                .toList();
    }

    @Override
    public void close() {}

    /** What processes of a compute see: persisted paths in the volume's directories, all else in memory. */
    private final class ComputeFiles implements FakeShell.Files {
        private final FakeCompute compute;

        private ComputeFiles(FakeCompute compute) {
            this.compute = compute;
        }

        @Override
        public Optional<String> read(String path) {
            synchronized (InMemoryProvider.this) {
                if (path.startsWith("/run/sandkeep/")) {
                    return Optional.ofNullable(compute.runFiles.get(path.substring("/run/sandkeep/".length())));
                }
                Optional<Persisted> persisted = persisted(path);
                if (persisted.isPresent()) {
                    Optional<String> kept = persisted.get().read();
                    if (kept.isPresent()) {
                        return kept;
                    }
                } else if (compute.files.containsKey(path)) {
                    return Optional.of(compute.files.get(path));
                }
                return Optional.ofNullable(image(compute).files().get(path));
            }
        }

        @Override
        public void write(String path, String content) {
            synchronized (InMemoryProvider.this) {
                awaitUnpaused();
                Optional<Persisted> persisted = persisted(path);
                if (persisted.isPresent()) {
                    persisted.get().write(content);
                } else {
                    compute.files.put(path, content);
                }
            }
        }

        @Override
        public void remove(String path) {
            synchronized (InMemoryProvider.this) {
                compute.files.remove(path);
            }
        }

        private void awaitUnpaused() {
            while (compute.paused) {
                try {
                    InMemoryProvider.this.wait();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    throw new IllegalStateException("killed while paused", e);
                }
            }
        }

        private Optional<Persisted> persisted(String path) {
            return compute.spec.persisted().stream()
                    .filter(mount -> path.startsWith(mount.path() + "/"))
                    .map(mount ->
                            new Persisted(mount, path.substring(mount.path().length() + 1)))
                    .findFirst();
        }
    }

    private record Persisted(VolumeMount mount, String rest) {
        Optional<String> read() {
            return Stream.concat(
                            Stream.of(mount.upper()), mount.committed().stream().map(VolumeMount.Committed::directory))
                    .map(directory -> directory.resolve(rest))
                    .filter(Files::isRegularFile)
                    .findFirst()
                    .map(file -> {
                        try {
                            return Files.readString(file);
                        } catch (IOException e) {
                            throw new UncheckedIOException(e);
                        }
                    });
        }

        void write(String content) {
            try {
                Path file = mount.upper().resolve(rest);
                Files.createDirectories(file.getParent());
                Files.writeString(file, content);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
