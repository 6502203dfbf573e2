package dev.sandkeep.linux.volumes;

import dev.sandkeep.linux.files.HostFailure;
import dev.sandkeep.linux.kernel.Blocking;
import dev.sandkeep.linux.kernel.FileLock;
import dev.sandkeep.spi.AttachOutcome;
import dev.sandkeep.spi.CheckpointId;
import dev.sandkeep.spi.CheckpointOutcome;
import dev.sandkeep.spi.CheckpointsOutcome;
import dev.sandkeep.spi.DetachOutcome;
import dev.sandkeep.spi.DurablePoint;
import dev.sandkeep.spi.ExportKey;
import dev.sandkeep.spi.ExportKeys;
import dev.sandkeep.spi.ExportOutcome;
import dev.sandkeep.spi.FlushOutcome;
import dev.sandkeep.spi.ForkOutcome;
import dev.sandkeep.spi.ImportOutcome;
import dev.sandkeep.spi.Pause;
import dev.sandkeep.spi.PressureOutcome;
import dev.sandkeep.spi.ProviderException;
import dev.sandkeep.spi.ProvisionOutcome;
import dev.sandkeep.spi.RemoveCheckpointOutcome;
import dev.sandkeep.spi.RestoreOutcome;
import dev.sandkeep.spi.VerifyOutcome;
import dev.sandkeep.spi.VolumeBackend;
import dev.sandkeep.spi.VolumeDamage;
import dev.sandkeep.spi.VolumeId;
import dev.sandkeep.spi.VolumeSpec;
import dev.sandkeep.spi.VolumeUsage;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/** Volumes in a directory, as this package's comment describes. */
final class DirectoryVolumeBackend implements VolumeBackend {
    private static final System.Logger LOG = System.getLogger(DirectoryVolumeBackend.class.getName());

    private final VolumeStore store;
    private final InstantSource clock;
    private final Step.Listener listener;
    private final Thread sweeper;

    /** Opens the store and begins to remove what dead servers left in it. */
    DirectoryVolumeBackend(VolumeStore store, InstantSource clock, Step.Listener listener) {
        this.store = store;
        this.clock = clock;
        this.listener = listener;
        this.sweeper =
                Thread.ofPlatform().daemon().name("sandkeep-volume-sweep").start(this::sweep);
    }

    private void sweep() {
        try {
            store.sweep();
        } catch (IOException | RuntimeException e) {
            LOG.log(System.Logger.Level.WARNING, "event=volume_sweep_failed effect=\"space is not freed yet\"", e);
        }
    }

    @Override
    public ProvisionOutcome provision(VolumeSpec spec) {
        return HostFailure.translated(() -> {
            if (!store.exists(spec.id()) && store.make(spec, listener)) {
                return new ProvisionOutcome.Provisioned(false);
            }
            VolumeMarker existing;
            try {
                existing = Volume.marker(store.directory(spec.id()));
            } catch (DamagedVolumeException e) {
                return new ProvisionOutcome.Conflict("a damaged volume has the name: " + e.getMessage());
            }
            return existing.equals(VolumeMarker.of(spec))
                    ? new ProvisionOutcome.Provisioned(true)
                    : new ProvisionOutcome.Conflict("volume " + spec.id() + " exists for sandbox " + existing.sandbox()
                            + " with the paths " + existing.paths());
        });
    }

    @Override
    public AttachOutcome attach(VolumeId volume, int generation, Optional<DurablePoint> promised) {
        return locked(
                volume, it -> it.attach(generation, promised), AttachOutcome.Damaged::new, new AttachOutcome.Missing());
    }

    /** As the interface says. A volume that is too damaged to say who holds it makes this fail. */
    @Override
    public FlushOutcome flush(VolumeId volume, int generation) {
        return locked(
                volume,
                it -> it.flush(generation),
                damage -> {
                    throw new ProviderException(ProviderException.Kind.FAULT, damage.reason());
                },
                new FlushOutcome.Missing());
    }

    @Override
    public DetachOutcome detach(VolumeId volume, int generation, CheckpointId checkpoint) {
        return locked(
                volume,
                it -> it.detach(generation, checkpoint),
                DetachOutcome.Damaged::new,
                new DetachOutcome.Missing());
    }

    @Override
    public VerifyOutcome verify(VolumeId volume, Optional<DurablePoint> promised) {
        return locked(volume, it -> it.verify(promised), VerifyOutcome.Damaged::new, new VerifyOutcome.Missing());
    }

    @Override
    public CheckpointOutcome checkpoint(VolumeId volume, int generation, CheckpointId checkpoint, Pause pause) {
        throw notYet();
    }

    @Override
    public CheckpointsOutcome checkpoints(VolumeId volume) {
        throw notYet();
    }

    @Override
    public RemoveCheckpointOutcome removeCheckpoint(VolumeId volume, CheckpointId checkpoint) {
        throw notYet();
    }

    @Override
    public RestoreOutcome restore(VolumeId volume, CheckpointId to, CheckpointId restored) {
        throw notYet();
    }

    @Override
    public ForkOutcome fork(VolumeId source, Optional<CheckpointId> at, VolumeSpec target, CheckpointId first) {
        throw notYet();
    }

    @Override
    public ExportOutcome export(
            VolumeId volume,
            Optional<CheckpointId> at,
            Optional<ExportKey> key,
            Map<String, String> labels,
            OutputStream target) {
        throw notYet();
    }

    @Override
    public ImportOutcome importVolume(VolumeSpec spec, CheckpointId first, ExportKeys keys, InputStream source) {
        throw notYet();
    }

    @Override
    public PressureOutcome pressure(VolumeId volume, int generation) {
        throw notYet();
    }

    private static ProviderException notYet() {
        return new ProviderException(ProviderException.Kind.FAULT, "the directory backend cannot do this yet");
    }

    @Override
    public boolean delete(VolumeId volume) {
        return HostFailure.translated(() -> {
            Path doomed;
            Optional<FileLock> lock = store.lock(volume);
            if (lock.isEmpty()) {
                return false;
            }
            FileLock held = lock.get();
            try (held) {
                doomed = store.withdraw(volume);
                listener.done(Step.DELETE_RENAMED);
            }
            store.trash().remove(doomed);
            return true;
        });
    }

    @Override
    public List<VolumeId> list() {
        return HostFailure.translated(store::list);
    }

    @Override
    public Optional<VolumeUsage> usage(VolumeId volume, int largest) {
        return HostFailure.translated(() -> {
            if (!store.exists(volume)) {
                return Optional.empty();
            }
            VolumeDirectory directory = store.directory(volume);
            StoredSize size = new StoredSize();
            Blocking.runToEnd(() -> {
                size.add(directory.checkpoints());
                size.add(directory.heads());
            });
            try (Stream<Path> checkpoints = Files.list(directory.checkpoints())) {
                return Optional.of(new VolumeUsage(
                        size.bytes(), 0, size.files(), (int) checkpoints.count(), List.of(), List.of()));
            }
        });
    }

    @Override
    public void close() {
        sweeper.interrupt();
        try {
            sweeper.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** What can be done with a volume. */
    private interface Verb<T> {
        T on(Volume volume) throws IOException;
    }

    private <T> T locked(VolumeId volume, Verb<T> verb, Function<VolumeDamage, T> damaged, T missing) {
        return HostFailure.translated(() -> {
            Optional<FileLock> lock = store.lock(volume);
            if (lock.isEmpty()) {
                return missing;
            }
            FileLock held = lock.get();
            try (held) {
                return verb.on(Volume.open(store.directory(volume), store.trash(), clock, listener));
            } catch (DamagedVolumeException e) {
                return damaged.apply(e.damage());
            }
        });
    }
}
