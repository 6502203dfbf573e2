package dev.sandkeep.linux;

import dev.sandkeep.linux.computes.ComputeRecord;
import dev.sandkeep.linux.computes.ComputeStore;
import dev.sandkeep.linux.computes.RootFileSystem;
import dev.sandkeep.linux.files.HostFailure;
import dev.sandkeep.linux.files.NameLock;
import dev.sandkeep.linux.images.ChainShortener;
import dev.sandkeep.linux.images.Images;
import dev.sandkeep.linux.kernel.HostProcess;
import dev.sandkeep.linux.kernel.Mounts;
import dev.sandkeep.linux.kernel.PrivateMounts;
import dev.sandkeep.linux.layers.Layer;
import dev.sandkeep.linux.layers.LayerStore;
import dev.sandkeep.linux.registry.RegistryImage;
import dev.sandkeep.linux.registry.RegistrySettings;
import dev.sandkeep.linux.registry.TarImage;
import dev.sandkeep.linux.runtime.Container;
import dev.sandkeep.linux.runtime.ControlGroups;
import dev.sandkeep.linux.runtime.OciRuntime;
import dev.sandkeep.linux.slots.DnsForwarder;
import dev.sandkeep.linux.slots.HostNetwork;
import dev.sandkeep.linux.slots.Resolver;
import dev.sandkeep.linux.slots.Slot;
import dev.sandkeep.linux.slots.SlotPool;
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
import dev.sandkeep.spi.ProviderException.Kind;
import dev.sandkeep.spi.RunningCompute;
import dev.sandkeep.spi.SandboxProvider;
import dev.sandkeep.spi.StartOutcome;
import dev.sandkeep.spi.StopOutcome;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * Runs sandboxes on this host.
 *
 * <p>All state is on disk and in the kernel; this object holds only what makes the next start fast. One lock for each sandbox,
 * shared with other servers on the same data directory, orders the calls on its computes. Root file systems are put together,
 * and the runtime is run, in a mount namespace of this process's own: a server that dies half-way leaves no mount.
 */
final class LinuxSandboxProvider implements SandboxProvider {
    private static final int SIGTERM = 15;
    private static final int SIGKILL = 9;
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);
    private static final Duration FREEZING_TAKES_AT_MOST = Duration.ofSeconds(10);
    private static final Duration DEATH_TAKES_AT_MOST = Duration.ofSeconds(30);

    private final PrivateMounts mounts = new PrivateMounts(ControlGroups.hiddenFromRuntime());
    private final Path data;
    private final HostNetwork network;
    private final Resolver resolver;
    private final Optional<DnsForwarder> forwarder;
    private final OciRuntime runtime;
    private final ControlGroups cgroups;
    private final RootFileSystem rootFileSystem;
    private final LayerStore layers;
    private final Images images;
    private final ComputeStore computes;
    private final SlotPool slots;
    private final NameLock locks;
    private final ChainShortener shortener;
    private final DebianImage debian;
    private final RegistryImage registry;
    private final TarImage tar;
    private final DiskWatch diskWatch;
    private final ProviderCapabilities capabilities;

    LinuxSandboxProvider(
            Path data,
            HostNetwork network,
            Resolver resolver,
            OciRuntime runtime,
            ControlGroups cgroups,
            RootFileSystem rootFileSystem,
            RegistrySettings registries,
            int readySlots) {
        this.data = data;
        this.network = network;
        this.resolver = resolver;
        this.runtime = runtime;
        this.cgroups = cgroups;
        this.rootFileSystem = rootFileSystem;
        this.layers = new LayerStore(data);
        this.images = new Images(layers);
        this.computes = new ComputeStore(data);
        this.locks = new NameLock(data.resolve("locks"));
        NameLock imageLocks = new NameLock(data.resolve("locks/images"));
        this.debian = new DebianImage(layers, imageLocks);
        this.registry = new RegistryImage(layers, imageLocks, registries, data);
        this.tar = new TarImage(layers, imageLocks, registries);
        this.shortener = new ChainShortener(layers, imageLocks, this::mayBeMounted);
        this.forwarder = resolver.direct() ? Optional.empty() : Optional.of(new DnsForwarder(resolver.addresses()));
        this.capabilities = new ProviderCapabilities(
                "linux",
                true,
                true,
                mounts.call(() -> rootFileSystem.keepsAccessLists(data.resolve("tmp"))),
                Optional.empty(),
                runtime.version() + ", cgroup " + (ControlGroups.unified() ? "v2" : "v1 or hybrid") + ", kernel "
                        + System.getProperty("os.version"));
        network.open(forwarder.map(dns -> OptionalInt.of(dns.port())).orElse(OptionalInt.empty()));
        this.slots = new SlotPool(data, network, readySlots);
        layers.list().forEach(layer -> slots.expect(layer.owner()));
        this.diskWatch = new DiskWatch(computes, this::killForDisk);
        layers.sweepUnfinished();
        computes.sweepFences();
    }

    @Override
    public ProviderCapabilities capabilities() {
        return capabilities;
    }

    @Override
    public BaseImageOutcome ensureBaseImage(BaseImageSource source, Consumer<String> progress) {
        return HostFailure.translated(() -> switch (source) {
            case BaseImageSource.Debian suite -> debian.ensure(suite, progress);
            case BaseImageSource.Registry image -> shortened(registry.ensure(image, progress));
            case BaseImageSource.Tar archive -> tar.ensure(archive, progress);
        });
    }

    private BaseImageOutcome shortened(BaseImageOutcome outcome) {
        if (outcome instanceof BaseImageOutcome.Ready ready) {
            shortener.consider(ready.image());
        }
        return outcome;
    }

    @Override
    public StartOutcome start(ComputeSpec spec) {
        ComputeId id = spec.id();
        return locked(id, () -> {
            int newest = computes.newestGeneration(id.sandbox());
            if (newest > id.generation()) {
                return new StartOutcome.Fenced(newest);
            }
            Optional<ComputeRecord> known = computes.find(id);
            if (known.isPresent()) {
                Optional<ComputeStore.Init> running = computes.running(known.get());
                if (running.isPresent()) {
                    return new StartOutcome.Started(adopt(id, running.get()), true);
                }
                if (computes.everStarted(id)) {
                    throw new ProviderException(Kind.FAULT, "compute " + id + " has stopped and never starts again");
                }
            }
            if (Files.exists(computes.directory(id))) {
                remove(id);
            }
            List<Layer> image = layers.chain(spec.image());
            return image.isEmpty() ? new StartOutcome.ImageMissing(spec.image()) : startFresh(spec, image);
        });
    }

    private RunningCompute adopt(ComputeId id, ComputeStore.Init init) {
        if (!computes.everStarted(id)) {
            computes.started(id, init.process(), init.startedAt());
            detachMounts(id);
        }
        return new RunningCompute(id, init.startedAt());
    }

    private StartOutcome startFresh(ComputeSpec spec, List<Layer> image) {
        ComputeId id = spec.id();
        try (Slot slot = slots.take(id)) {
            Path bundle = computes.create(new ComputeRecord(
                    id.name(),
                    spec.image().value(),
                    slot.range().first(),
                    spec.environment(),
                    spec.limits().diskBytes(),
                    computes.bootId()));
            writeFiles(bundle, spec, slot);
            rootFileSystem.mount(bundle, image, spec.persisted(), slot);
            Container container = new Container(
                    id.name(), bundle, slot, spec.limits(), spec.environment(), cgroups.pathOf(id.name()));
            HostProcess init = runtime.run(container);
            Instant now = Instant.now();
            computes.started(id, init, now);
            detachMounts(id);
            return new StartOutcome.Started(new RunningCompute(id, now), false);
        } catch (RootFileSystem.UnusablePathException e) {
            remove(id);
            return new StartOutcome.Refused("persisted_path_unusable", HostFailure.words(e));
        } catch (RuntimeException e) {
            try {
                remove(id);
            } catch (RuntimeException cleanUp) {
                e.addSuppressed(cleanUp);
            }
            throw e;
        } finally {
            slots.refill();
        }
    }

    private void writeFiles(Path bundle, ComputeSpec spec, Slot slot) {
        String name = spec.id().name();
        try {
            Files.writeString(bundle.resolve("resolv.conf"), resolver.fileFor(slot.gateway()));
            Files.writeString(bundle.resolve("hostname"), name + "\n");
            Files.writeString(
                    bundle.resolve("hosts"),
                    "127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n" + slot.address() + " " + name
                            + "\n");
            Path run = Files.createDirectory(bundle.resolve("run"));
            for (var file : spec.runFiles().entrySet()) {
                Files.writeString(run.resolve(file.getKey()), file.getValue());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(bundle + " could not be written", e);
        }
    }

    /** The container has its own view of the mounts; these only get in the way of removing and of other containers. */
    private void detachMounts(ComputeId id) {
        Path root = computes.directory(id).resolve("rootfs");
        while (Mounts.detach(root)) {
            // Repeated until nothing is mounted there: a start that died may have left one below.
        }
    }

    @Override
    public InspectOutcome inspect(ComputeId id) {
        return HostFailure.translated(() -> computes.find(id)
                .<InspectOutcome>map(record -> computes.running(record)
                        .<InspectOutcome>map(init -> new InspectOutcome.Running(
                                new RunningCompute(id, init.startedAt(), cgroups.frozen(id.name()))))
                        .orElseGet(() -> new InspectOutcome.Stopped(computes.cause(id))))
                .orElseGet(InspectOutcome.Missing::new));
    }

    @Override
    public ExecOutcome exec(ComputeId id, ExecSpec spec) {
        return HostFailure.translated(() -> {
            Optional<ComputeRecord> record = computes.find(id);
            if (record.isEmpty() || computes.running(record.get()).isEmpty()) {
                return new ExecOutcome.NotRunning();
            }
            if (!await(LONGEST_PAUSE, () -> !cgroups.frozen(id.name()))) {
                throw new ProviderException(Kind.UNAVAILABLE, id + " is paused");
            }
            return new ExecOutcome.Executing(mounts.call(
                    () -> runtime.exec(id.name(), spec, record.get().environment(), computes.directory(id))));
        });
    }

    @Override
    public boolean putRunFile(ComputeId id, String name, String content) {
        return HostFailure.translated(() -> {
            Optional<ComputeRecord> record = computes.find(id);
            if (record.isEmpty() || computes.running(record.get()).isEmpty()) {
                return false;
            }
            Path run = computes.directory(id).resolve("run");
            try {
                Path beside = Files.writeString(run.resolve("." + name + ".new"), content);
                Files.move(beside, run.resolve(name), StandardCopyOption.ATOMIC_MOVE);
                return true;
            } catch (IOException e) {
                throw new UncheckedIOException(name + " of " + id + " could not be written", e);
            }
        });
    }

    @Override
    public PauseOutcome pause(ComputeId id) {
        return held(id, () -> {
            boolean before = cgroups.frozen(id.name());
            if (!cgroups.freeze(id.name(), FREEZING_TAKES_AT_MOST)) {
                throw new ProviderException(
                        Kind.UNAVAILABLE,
                        "processes of " + id + " could not be held still within " + FREEZING_TAKES_AT_MOST);
            }
            return before ? PauseOutcome.ALREADY : PauseOutcome.DONE;
        });
    }

    @Override
    public PauseOutcome unpause(ComputeId id) {
        return held(id, () -> {
            if (!cgroups.frozen(id.name())) {
                return PauseOutcome.ALREADY;
            }
            cgroups.thaw(id.name());
            return PauseOutcome.DONE;
        });
    }

    private PauseOutcome held(ComputeId id, Supplier<PauseOutcome> action) {
        return locked(id, () -> {
            Optional<ComputeRecord> record = computes.find(id);
            if (record.isEmpty()) {
                return PauseOutcome.MISSING;
            }
            return computes.running(record.get()).isEmpty() ? PauseOutcome.NOT_RUNNING : action.get();
        });
    }

    @Override
    public StopOutcome stop(ComputeId id, Duration grace) {
        return locked(id, () -> {
            Optional<ComputeRecord> record = computes.find(id);
            if (record.isEmpty()) {
                return new StopOutcome.Missing();
            }
            Optional<ComputeStore.Init> init = computes.running(record.get());
            if (init.isEmpty()) {
                endProcesses(id);
                return new StopOutcome.AlreadyStopped();
            }
            boolean forced = !terminate(id, init.get().process(), grace);
            endProcesses(id);
            computes.ended(id, "stopped");
            return new StopOutcome.Stopped(forced);
        });
    }

    /** Asks every process but the first to end. @return whether all did within {@code grace} */
    private boolean terminate(ComputeId id, HostProcess init, Duration grace) {
        cgroups.thaw(id.name());
        Set<Long> asked = cgroups.processes(id.name());
        for (long pid : asked) {
            if (pid != init.pid()) {
                HostProcess.find(pid).ifPresent(process -> process.signal(SIGTERM));
            }
        }
        return await(grace, () -> cgroups.processes(id.name()).stream().allMatch(pid -> pid == init.pid()));
    }

    /**
     * Kills what is left. The death of the first process ends all others of its pid namespace, and the runtime's record with its
     * cgroups goes afterwards.
     */
    private void endProcesses(ComputeId id) {
        OciRuntime.init(computes.directory(id))
                .filter(init -> cgroups.processes(id.name()).contains(init.pid()))
                .ifPresent(init -> init.signal(SIGKILL));
        for (long pid : cgroups.processes(id.name())) {
            HostProcess.find(pid).ifPresent(process -> process.signal(SIGKILL));
        }
        cgroups.thaw(id.name());
        if (!await(DEATH_TAKES_AT_MOST, () -> cgroups.processes(id.name()).isEmpty())) {
            throw new ProviderException(
                    Kind.UNAVAILABLE, "processes of " + id + " did not die: " + cgroups.processes(id.name()));
        }
        runtime.delete(id.name());
        cgroups.remove(id.name());
        slots.release(id);
    }

    private static boolean await(Duration patience, Supplier<Boolean> condition) {
        long deadline = System.nanoTime() + patience.toNanos();
        long pause = 1_000_000;
        while (!condition.get()) {
            if (System.nanoTime() > deadline) {
                return false;
            }
            LockSupport.parkNanos(pause);
            pause = Math.min(pause * 2, 20_000_000);
        }
        return true;
    }

    private void killForDisk(ComputeId id, String cause) {
        locked(id, () -> {
            computes.ended(id, cause);
            endProcesses(id);
            return null;
        });
    }

    @Override
    public DestroyOutcome destroy(ComputeId id) {
        return locked(id, () -> {
            boolean there = Files.exists(computes.directory(id));
            remove(id);
            return there ? DestroyOutcome.DESTROYED : DestroyOutcome.MISSING;
        });
    }

    /** Removes whatever there is of a compute, in the order in which one thing holds the next. */
    private void remove(ComputeId id) {
        endProcesses(id);
        Path directory = computes.directory(id);
        for (Path mount : Mounts.below(directory)) {
            Mounts.detach(mount);
        }
        if (Files.exists(directory)) {
            Path doomed = layers.retire(directory);
            Thread.ofPlatform().daemon().name("sandkeep-remove").start(() -> layers.discard(doomed));
        }
    }

    @Override
    public CaptureOutcome capture(ComputeId id, ImageId image) {
        return locked(id, () -> {
            Optional<Layer> done = layers.find(image);
            if (done.isPresent()) {
                return new CaptureOutcome.Captured(describe(done.get()), true);
            }
            Optional<ComputeRecord> record = computes.find(id);
            if (record.isEmpty()) {
                return new CaptureOutcome.Missing();
            }
            if (computes.running(record.get()).isPresent()) {
                return new CaptureOutcome.StillRunning();
            }
            detachMounts(id);
            Layer layer = layers.commit(
                    image,
                    Optional.of(record.get().imageId()),
                    record.get().range(),
                    computes.directory(id).resolve("upper"));
            slots.expect(layer.owner());
            shortener.consider(image);
            return new CaptureOutcome.Captured(describe(layer), false);
        });
    }

    private static ImageDescription describe(Layer layer) {
        return new ImageDescription(layer.id(), layer.parent(), layer.createdAt());
    }

    @Override
    public List<ImageDescription> listImages() {
        return HostFailure.translated(
                () -> layers.list().stream().map(LinuxSandboxProvider::describe).toList());
    }

    @Override
    public DeleteImageOutcome deleteImage(ImageId image) {
        return HostFailure.translated(() -> {
            if (layers.find(image).isEmpty()) {
                return new DeleteImageOutcome.Missing();
            }
            Path directory = layers.directory(image);
            Optional<ComputeId> user = userOf(layer -> layer.startsWith(directory));
            Optional<String> inUse = layers.childOf(image)
                    .map(ImageId::value)
                    .or(() -> user.map(ComputeId::name))
                    .or(() -> layers.removeUnlessParent(image).map(ImageId::value));
            return inUse.<DeleteImageOutcome>map(DeleteImageOutcome.InUse::new)
                    .orElseGet(DeleteImageOutcome.Deleted::new);
        });
    }

    /** A compute that may have mounted such a directory of a layer. */
    private Optional<ComputeId> userOf(Predicate<Path> layer) {
        return computes.list().stream()
                .filter(id -> computes.find(id)
                        .filter(record -> layers.mayBeMounted(record.imageId(), computes.createdAt(id)).stream()
                                .anyMatch(layer))
                        .isPresent())
                .findFirst();
    }

    private boolean mayBeMounted(Path layer) {
        return userOf(layer::equals).isPresent();
    }

    @Override
    public ChangesOutcome visitChanges(ComputeId id, ChangeVisitor visitor) {
        return HostFailure.translated(() -> {
            Path upper = computes.directory(id).resolve("upper");
            if (computes.find(id).isEmpty() || !Files.isDirectory(upper)) {
                return new ChangesOutcome.Missing();
            }
            ChangesOutcome outcome = Images.visitChanges(upper, visitor);
            return Files.isDirectory(upper) ? outcome : new ChangesOutcome.Missing();
        });
    }

    @Override
    public ChangesOutcome visitChanges(ImageId image, ChangeVisitor visitor) {
        return HostFailure.translated(() -> images.visitChanges(image, visitor));
    }

    @Override
    public Optional<ImageUsage> imageUsage(ImageId image, int largest) {
        return HostFailure.translated(() -> images.usage(image, largest));
    }

    @Override
    public Optional<ImageDiff> diffImages(ImageId before, ImageId after, int entries, int largest) {
        return HostFailure.translated(() -> images.diff(before, after, entries, largest));
    }

    @Override
    public ImageFileOutcome readImageFile(ImageId image, FilePath path, int atMost) {
        return HostFailure.translated(() -> images.read(image, path, atMost));
    }

    @Override
    public List<ComputeId> listComputes() {
        return HostFailure.translated(computes::list);
    }

    @Override
    public List<HostResource> resources() {
        return HostFailure.translated(
                () -> mounts.call(new HostInventory(data, computes, runtime, cgroups, slots)::everything));
    }

    @Override
    public void close() {
        diskWatch.close();
        shortener.close();
        slots.close();
        forwarder.ifPresent(DnsForwarder::close);
        mounts.close();
        if (network.existingLinks().isEmpty()) {
            network.remove();
            cgroups.removeAll();
            runtime.removeState();
        }
        runtime.close();
    }

    private <T> T locked(ComputeId id, Supplier<T> action) {
        return HostFailure.translated(() -> {
            try (NameLock.Held _ = locks.hold(id.sandbox())) {
                return mounts.call(action);
            }
        });
    }
}
