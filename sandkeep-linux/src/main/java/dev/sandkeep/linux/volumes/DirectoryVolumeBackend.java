package dev.sandkeep.linux.volumes;

import dev.sandkeep.linux.files.HostFailure;
import dev.sandkeep.linux.files.JsonFile;
import dev.sandkeep.linux.kernel.FileLock;
import dev.sandkeep.spi.AttachOutcome;
import dev.sandkeep.spi.Checkpoint;
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
            if (!store.exists(spec.id())
                    && store.make(spec, VolumeState.PROVISIONED, listener, VolumeStore.Making.EMPTY)) {
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
        return locked(
                volume,
                it -> it.checkpoint(generation, checkpoint, pause),
                CheckpointOutcome.Damaged::new,
                new CheckpointOutcome.Missing());
    }

    @Override
    public CheckpointsOutcome checkpoints(VolumeId volume) {
        return locked(volume, Volume::checkpoints, CheckpointsOutcome.Damaged::new, new CheckpointsOutcome.Missing());
    }

    @Override
    public RemoveCheckpointOutcome removeCheckpoint(VolumeId volume, CheckpointId checkpoint) {
        return locked(
                volume,
                it -> it.remove(checkpoint),
                RemoveCheckpointOutcome.Damaged::new,
                new RemoveCheckpointOutcome.Missing());
    }

    @Override
    public RestoreOutcome restore(VolumeId volume, CheckpointId to, CheckpointId restored) {
        return locked(
                volume, it -> it.restore(to, restored), RestoreOutcome.Damaged::new, new RestoreOutcome.Missing());
    }

    @Override
    public ForkOutcome fork(VolumeId source, Optional<CheckpointId> at, VolumeSpec target, CheckpointId first) {
        return locked(
                source,
                it -> {
                    if (!store.exists(target.id())) {
                        return new Fork(store, it, clock, listener).into(target, at, first);
                    }
                    return begun(target, first)
                            .<ForkOutcome>map(made -> new ForkOutcome.Forked(made.checkpoint(), true))
                            .orElseGet(() -> new ForkOutcome.Conflict("another volume is named " + target.id()));
                },
                ForkOutcome.Damaged::new,
                new ForkOutcome.Missing());
    }

    /** The first checkpoint of a volume that was made of {@code spec} with it; empty when the volume is another. */
    private Optional<CheckpointManifest> begun(VolumeSpec spec, CheckpointId first) {
        try {
            VolumeDirectory directory = store.directory(spec.id());
            VolumeMarker marker = Volume.marker(directory);
            return marker.equals(VolumeMarker.of(spec)) && Files.isDirectory(directory.checkpoint(first.value()))
                    ? Optional.of(new History(directory, marker).manifest(first.value()))
                    : Optional.empty();
        } catch (DamagedVolumeException e) {
            return Optional.empty();
        }
    }

    @Override
    public ExportOutcome export(
            VolumeId volume,
            Optional<CheckpointId> at,
            Optional<ExportKey> key,
            Map<String, String> labels,
            OutputStream target) {
        return streaming(() -> {
            Optional<FileLock> lock = store.lock(volume);
            if (lock.isEmpty()) {
                return new ExportOutcome.Missing();
            }
            Checkpoint checkpoint;
            Export export;
            FileLock held = lock.get();
            try (held) {
                Volume found = open(volume);
                Optional<CheckpointManifest> from = found.readable(at);
                if (from.isEmpty()) {
                    return new ExportOutcome.NoSuchCheckpoint();
                }
                checkpoint = from.get().checkpoint();
                export = new Export(found.parts(), from.get());
            } catch (DamagedVolumeException e) {
                return new ExportOutcome.Damaged(e.damage());
            }
            try {
                return new ExportOutcome.Exported(checkpoint, export.write(key, labels, target));
            } finally {
                export.release();
            }
        });
    }

    @Override
    public ImportOutcome importVolume(VolumeSpec spec, CheckpointId first, ExportKeys keys, InputStream source) {
        return streaming(() -> {
            if (!store.exists(spec.id())) {
                return new Import(store, spec, first, clock, listener).from(source, keys);
            }
            Path labels = store.directory(spec.id()).checkpoint(first.value()).resolve(Import.LABELS);
            return begun(spec, first)
                    .flatMap(made -> JsonFile.read(labels, ExportNotes.Head.class)
                            .<ImportOutcome>map(
                                    head -> new ImportOutcome.Imported(made.checkpoint(), head.labels(), true)))
                    .orElseGet(() -> new ImportOutcome.Conflict("another volume is named " + spec.id()));
        });
    }

    private static <T> T streaming(HostFailure.Action<T> action) {
        try {
            return HostFailure.translated(action);
        } catch (StreamFailedException e) {
            throw e.unchecked();
        }
    }

    private Volume open(VolumeId volume) {
        return Volume.open(store.directory(volume), store, clock, listener);
    }

    @Override
    public PressureOutcome pressure(VolumeId volume, int generation) {
        return measured(
                volume,
                size -> size.heldBy(generation)
                        ? new PressureOutcome.Measured(size.paths())
                        : new PressureOutcome.NotHeld(),
                new PressureOutcome.Missing());
    }

    @Override
    public boolean delete(VolumeId volume) {
        return HostFailure.translated(() -> {
            List<String> keys;
            Path doomed;
            Optional<FileLock> lock = store.lock(volume);
            if (lock.isEmpty()) {
                return false;
            }
            FileLock held = lock.get();
            try (held) {
                keys = store.shared().keysOf(store.directory(volume));
                doomed = store.withdraw(volume);
                listener.done(Step.DELETE_RENAMED);
            }
            store.shared().dropAll(keys, volume.value());
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
        return measured(volume, size -> Optional.of(size.usage(largest)), Optional.empty());
    }

    /** Looks without the lock, because it takes long: what comes and goes meanwhile counts or not. */
    private <T> T measured(VolumeId volume, Function<VolumeSize, T> answer, T missing) {
        return HostFailure.translated(() -> {
            if (!store.exists(volume)) {
                return missing;
            }
            try {
                Volume found = open(volume);
                return answer.apply(new VolumeSize(found.parts(), found.state()));
            } catch (DamagedVolumeException e) {
                throw new ProviderException(
                        ProviderException.Kind.FAULT, e.damage().reason(), e);
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
                return verb.on(open(volume));
            } catch (DamagedVolumeException e) {
                return damaged.apply(e.damage());
            }
        });
    }
}
