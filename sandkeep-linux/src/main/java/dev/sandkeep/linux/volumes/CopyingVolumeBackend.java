package dev.sandkeep.linux.volumes;

import dev.sandkeep.linux.files.HostFailure;
import dev.sandkeep.linux.kernel.Blocking;
import dev.sandkeep.linux.kernel.FileLock;
import dev.sandkeep.linux.volumes.PublishedVolume.Entry;
import dev.sandkeep.linux.volumes.PublishedVolume.Pack;
import dev.sandkeep.linux.volumes.WorkingCopies.Found;
import dev.sandkeep.linux.volumes.WorkingCopies.Note;
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
import dev.sandkeep.spi.VolumeDamage.Code;
import dev.sandkeep.spi.VolumeId;
import dev.sandkeep.spi.VolumeSpec;
import dev.sandkeep.spi.VolumeUsage;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Volumes on a file system that no overlay can be written to. Every volume is worked on in an ordinary store elsewhere, its <em>working
 * copy</em>; what a call commits there is copied into the {@link CopyStore} before the call answers, and only what stands there is
 * durable.
 *
 * <p>A working copy may be ahead of what was published, when a process died between the two: the next call that changes something
 * publishes it first. It may be gone, or made of something else that was published: then it is made anew, of the copies, unless it
 * holds more than they do. What a holder wrote since is lost with a working copy, and that is said ({@link Code#HEAD_MISSING}).
 */
final class CopyingVolumeBackend implements VolumeBackend {
    private static final System.Logger LOG = System.getLogger(CopyingVolumeBackend.class.getName());

    private final CopyStore copies;
    private final WorkingCopies working;
    private final VolumeBackend inner;
    private final Step.Listener listener;
    private final Thread sweeper;

    /**
     * Begins to remove what dead servers left.
     *
     * @param copies where the volumes are
     * @param working where they are worked on
     * @param inner works on them
     */
    CopyingVolumeBackend(CopyStore copies, WorkingCopies working, VolumeBackend inner, Step.Listener listener) {
        this.copies = copies;
        this.working = working;
        this.inner = inner;
        this.listener = listener;
        this.sweeper =
                Thread.ofPlatform().daemon().name("sandkeep-copies-sweep").start(this::sweep);
    }

    private void sweep() {
        try {
            for (VolumeId volume : working.deleting()) {
                delete(volume);
            }
            copies.sweep(working::pending);
        } catch (IOException | RuntimeException e) {
            LOG.log(System.Logger.Level.WARNING, "event=volume_sweep_failed effect=\"space is not freed yet\"", e);
        }
    }

    // ------------------------------------------------------------------------------------------------- making

    @Override
    public ProvisionOutcome provision(VolumeSpec spec) {
        return HostFailure.translated(() -> {
            FileLock lock = working.lock(spec.id());
            try (lock) {
                Optional<PublishedVolume> existing;
                try {
                    existing = copies.read(spec.id());
                } catch (DamagedVolumeException e) {
                    return new ProvisionOutcome.Conflict("a damaged volume has the name: " + e.getMessage());
                }
                if (existing.isPresent()) {
                    VolumeMarker marker = existing.get().marker();
                    return marker.equals(VolumeMarker.of(spec))
                            ? new ProvisionOutcome.Provisioned(true)
                            : new ProvisionOutcome.Conflict("volume " + spec.id() + " exists for sandbox "
                                    + marker.sandbox() + " with the paths " + marker.paths());
                }
                Optional<String> lost = lost(spec.id());
                if (lost.isPresent()) {
                    return new ProvisionOutcome.Conflict(lost.get());
                }
                ProvisionOutcome outcome = inner.provision(spec);
                if (outcome instanceof ProvisionOutcome.Provisioned) {
                    publish(spec.id(), List.of());
                }
                return outcome;
            }
        });
    }

    /** Why a name cannot be taken: it is that of a volume whose copies are gone, and whose working copy may be all that is left. */
    private Optional<String> lost(VolumeId volume) {
        return working.exists(volume) && working.note(volume).at() != null
                ? Optional.of("the copies of volume " + volume + " are gone, and its working copy "
                        + working.store().directory(volume).path()
                        + " is still there: restore the copies, or remove it")
                : Optional.empty();
    }

    @Override
    public ForkOutcome fork(VolumeId source, Optional<CheckpointId> at, VolumeSpec target, CheckpointId first) {
        return HostFailure.translated(() -> {
            FileLock lock = working.lock(source);
            try (lock) {
                Optional<PublishedVolume> from = brought(source, Optional.empty());
                if (from.isEmpty()) {
                    return new ForkOutcome.Missing();
                }
                FileLock targetLock = working.lock(target.id());
                try (targetLock) {
                    Optional<PublishedVolume> existing = copies.read(target.id());
                    if (existing.isPresent()) {
                        return begun(existing.get(), target, first)
                                .<ForkOutcome>map(made -> new ForkOutcome.Forked(made.checkpoint(), true))
                                .orElseGet(() -> new ForkOutcome.Conflict("another volume is named " + target.id()));
                    }
                    Optional<String> lost = lost(target.id());
                    if (lost.isPresent()) {
                        return new ForkOutcome.Conflict(lost.get());
                    }
                    ForkOutcome outcome = inner.fork(source, at, target, first);
                    if (outcome instanceof ForkOutcome.Forked) {
                        publish(target.id(), from.get().checkpoints());
                    }
                    return outcome;
                }
            } catch (DamagedVolumeException e) {
                return new ForkOutcome.Damaged(e.damage());
            }
        });
    }

    /** The first checkpoint of a volume that was made of {@code spec} with it; empty when the volume is another. */
    private static Optional<CheckpointManifest> begun(PublishedVolume volume, VolumeSpec spec, CheckpointId first) {
        return volume.marker().equals(VolumeMarker.of(spec))
                ? volume.find(first.value())
                        .map(Entry::manifest)
                        .filter(it -> it.volume().equals(spec.id().value()))
                : Optional.empty();
    }

    @Override
    public ImportOutcome importVolume(VolumeSpec spec, CheckpointId first, ExportKeys keys, InputStream source) {
        FileLock lock = HostFailure.translated(() -> working.lock(spec.id()));
        try (lock) {
            Optional<String> taken = HostFailure.translated(() -> taken(spec.id()));
            if (taken.isPresent()) {
                return new ImportOutcome.Conflict(taken.get());
            }
            ImportOutcome outcome = inner.importVolume(spec, first, keys, source);
            if (outcome instanceof ImportOutcome.Imported) {
                HostFailure.translated(() -> publish(spec.id(), List.of()));
            }
            return outcome;
        }
    }

    /** Why nothing can be imported under a name. An import that had ended before is found by the working copy. */
    private Optional<String> taken(VolumeId volume) throws IOException {
        try {
            return brought(volume, Optional.empty()).isPresent() ? Optional.empty() : lost(volume);
        } catch (DamagedVolumeException e) {
            return Optional.of("a damaged volume has the name: " + e.getMessage());
        }
    }

    @Override
    public ExportOutcome export(
            VolumeId volume,
            Optional<CheckpointId> at,
            Optional<ExportKey> key,
            Map<String, String> labels,
            OutputStream target) {
        Optional<ExportOutcome> refused = with(
                volume,
                Optional.empty(),
                _ -> Optional.<ExportOutcome>empty(),
                damage -> Optional.of(new ExportOutcome.Damaged(damage)),
                Optional.of(new ExportOutcome.Missing()));
        return refused.orElseGet(() -> inner.export(volume, at, key, labels, target));
    }

    // ------------------------------------------------------------------------------------------------ changing

    @Override
    public AttachOutcome attach(VolumeId volume, int generation, Optional<DurablePoint> promised) {
        return changing(
                volume,
                promised,
                () -> inner.attach(volume, generation, promised),
                AttachOutcome.Damaged::new,
                new AttachOutcome.Missing());
    }

    @Override
    public DetachOutcome detach(VolumeId volume, int generation, CheckpointId checkpoint) {
        return changing(
                volume,
                Optional.empty(),
                () -> inner.detach(volume, generation, checkpoint),
                DetachOutcome.Damaged::new,
                new DetachOutcome.Missing());
    }

    @Override
    public CheckpointOutcome checkpoint(VolumeId volume, int generation, CheckpointId checkpoint, Pause pause) {
        return changing(
                volume,
                Optional.empty(),
                () -> inner.checkpoint(volume, generation, checkpoint, pause),
                CheckpointOutcome.Damaged::new,
                new CheckpointOutcome.Missing());
    }

    @Override
    public RemoveCheckpointOutcome removeCheckpoint(VolumeId volume, CheckpointId checkpoint) {
        RemoveCheckpointOutcome outcome = changing(
                volume,
                Optional.empty(),
                () -> inner.removeCheckpoint(volume, checkpoint),
                RemoveCheckpointOutcome.Damaged::new,
                new RemoveCheckpointOutcome.Missing());
        if (outcome instanceof RemoveCheckpointOutcome.Removed) {
            HostFailure.translated(() -> {
                copies.removeUnneeded(working::pending);
                return outcome;
            });
        }
        return outcome;
    }

    @Override
    public RestoreOutcome restore(VolumeId volume, CheckpointId to, CheckpointId restored) {
        return changing(
                volume,
                Optional.empty(),
                () -> inner.restore(volume, to, restored),
                RestoreOutcome.Damaged::new,
                new RestoreOutcome.Missing());
    }

    @Override
    public boolean delete(VolumeId volume) {
        return HostFailure.translated(() -> {
            FileLock lock = working.lock(volume);
            boolean existed;
            try (lock) {
                existed = copies.exists(volume);
                Note note = working.note(volume);
                boolean left = working.exists(volume) && note.at() == null;
                if (existed || left || note.deleting()) {
                    working.note(volume, new Note(note.at(), note.next(), List.of(), true));
                    if (existed) {
                        copies.withdraw(volume);
                    }
                    listener.done(Step.COPY_WITHDRAWN);
                    inner.delete(volume);
                    working.forget(volume);
                }
            }
            copies.removeUnneeded(working::pending);
            return existed;
        });
    }

    // ------------------------------------------------------------------------------------------------- looking

    /** Puts the working copy on disk; what the holder wrote is not copied before a checkpoint. */
    @Override
    public FlushOutcome flush(VolumeId volume, int generation) {
        return with(
                volume,
                Optional.empty(),
                _ -> inner.flush(volume, generation),
                damage -> {
                    throw fault(damage);
                },
                new FlushOutcome.Missing());
    }

    @Override
    public CheckpointsOutcome checkpoints(VolumeId volume) {
        return published(
                volume,
                it -> new CheckpointsOutcome.Listed(
                        it.kept().stream().map(CheckpointManifest::checkpoint).toList()),
                CheckpointsOutcome.Damaged::new,
                new CheckpointsOutcome.Missing());
    }

    @Override
    public VerifyOutcome verify(VolumeId volume, Optional<DurablePoint> promised) {
        return published(
                volume,
                it -> {
                    requirePromised(it, promised);
                    if (fits(it) && working.state(volume).making(null).equals(it.state())) {
                        return inner.verify(volume, promised);
                    }
                    if (!fits(it) && it.state().heldBy().isPresent()) {
                        throw headMissing(it);
                    }
                    if (!fits(it)) {
                        requireReplaceable(it);
                    }
                    return new VerifyOutcome.Intact(it.point(), it.state().heldBy());
                },
                VerifyOutcome.Damaged::new,
                new VerifyOutcome.Missing());
    }

    @Override
    public PressureOutcome pressure(VolumeId volume, int generation) {
        return readable(volume) ? inner.pressure(volume, generation) : new PressureOutcome.Missing();
    }

    @Override
    public Optional<VolumeUsage> usage(VolumeId volume, int largest) {
        return readable(volume) ? inner.usage(volume, largest) : Optional.empty();
    }

    @Override
    public List<VolumeId> list() {
        return HostFailure.translated(copies::list);
    }

    @Override
    public void close() {
        sweeper.interrupt();
        try {
            sweeper.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        inner.close();
    }

    // ------------------------------------------------------------------------------------------------- copying

    private static ProviderException fault(VolumeDamage damage) {
        return new ProviderException(ProviderException.Kind.FAULT, damage.reason());
    }

    private boolean readable(VolumeId volume) {
        return with(
                volume,
                Optional.empty(),
                _ -> true,
                damage -> {
                    throw fault(damage);
                },
                false);
    }

    /** What is done with a volume that is there. */
    private interface Verb<T> {
        T on(PublishedVolume volume) throws IOException;
    }

    /** Does something with what was published, whatever became of the working copy. */
    private <T> T published(VolumeId volume, Verb<T> verb, Function<VolumeDamage, T> damaged, T missing) {
        return HostFailure.translated(() -> {
            FileLock lock = working.lock(volume);
            try (lock) {
                Optional<PublishedVolume> published = copies.read(volume);
                return published.isPresent() ? verb.on(published.get()) : missing;
            } catch (DamagedVolumeException e) {
                return damaged.apply(e.damage());
            }
        });
    }

    /** Does something with a working copy that holds at least what was published. */
    private <T> T with(
            VolumeId volume,
            Optional<DurablePoint> promised,
            Verb<T> verb,
            Function<VolumeDamage, T> damaged,
            T missing) {
        return HostFailure.translated(() -> {
            FileLock lock = working.lock(volume);
            try (lock) {
                Optional<PublishedVolume> published = brought(volume, promised);
                return published.isPresent() ? verb.on(published.get()) : missing;
            } catch (DamagedVolumeException e) {
                return damaged.apply(e.damage());
            }
        });
    }

    /** Changes a working copy, and publishes what came of it. */
    private <T> T changing(
            VolumeId volume,
            Optional<DurablePoint> promised,
            Supplier<T> change,
            Function<VolumeDamage, T> damaged,
            T missing) {
        return with(
                volume,
                promised,
                _ -> {
                    publish(volume, List.of());
                    T outcome = change.get();
                    publish(volume, List.of());
                    return outcome;
                },
                damaged,
                missing);
    }

    private boolean fits(PublishedVolume published) {
        VolumeId volume = new VolumeId(published.marker().id());
        return working.exists(volume) && working.note(volume).fits(published.token());
    }

    /** What was published of a volume, with a working copy of it. */
    private Optional<PublishedVolume> brought(VolumeId volume, Optional<DurablePoint> promised) throws IOException {
        Optional<PublishedVolume> published = copies.read(volume);
        if (published.isPresent() && !fits(published.get())) {
            requirePromised(published.get(), promised);
            requireReplaceable(published.get());
            LOG.log(System.Logger.Level.INFO, "event=volume_unpacked volume=" + volume);
            toEnd(() -> working.rebuild(published.get(), copies));
        }
        return published;
    }

    /** What may take long, and must not be torn apart by an interruption. */
    private interface Copying {
        void run() throws IOException;
    }

    private static void toEnd(Copying copying) {
        Blocking.runToEnd(() -> {
            try {
                copying.run();
            } catch (IOException e) {
                throw new UncheckedIOException(e.toString(), e);
            }
        });
    }

    private void requirePromised(PublishedVolume volume, Optional<DurablePoint> promised) {
        if (promised.isEmpty()) {
            return;
        }
        long sequence = promised.get().sequence();
        String checkpoint = promised.get().checkpoint().value();
        boolean contained = sequence <= volume.state().sequence()
                && volume.find(checkpoint)
                        .map(Entry::manifest)
                        .or(() -> copies.remembered(new VolumeId(volume.marker().id()), checkpoint))
                        .filter(it -> it.sequence() == sequence)
                        .isPresent();
        if (!contained) {
            throw new DamagedVolumeException(
                    Code.OLDER_THAN_DURABLE_POINT,
                    "the copies of volume " + volume.marker().id() + " do not contain checkpoint " + checkpoint
                            + " (sequence " + sequence + "), which was recorded as durable; their newest has sequence "
                            + volume.state().sequence());
        }
    }

    /** @throws DamagedVolumeException when a working copy would have to be replaced that holds more than what was published */
    private void requireReplaceable(PublishedVolume published) {
        VolumeId volume = new VolumeId(published.marker().id());
        if (!working.exists(volume)) {
            return;
        }
        if (published.state().heldBy().isPresent()) {
            throw headMissing(published);
        }
        if (working.state(volume).sequence() > published.state().sequence()) {
            throw new DamagedVolumeException(
                    Code.OLDER_THAN_DURABLE_POINT,
                    "the copies of volume " + volume + " end with sequence "
                            + published.state().sequence() + ", its working copy with "
                            + working.state(volume).sequence());
        }
    }

    private DamagedVolumeException headMissing(PublishedVolume published) {
        VolumeId volume = new VolumeId(published.marker().id());
        return new DamagedVolumeException(
                Code.HEAD_MISSING,
                working.store().directory(volume).path() + " is not there or not that of the copies, but generation "
                        + published.state().holder() + " holds the volume");
    }

    /**
     * Copies what a volume holds, as far as it is not there yet, and then lets that be what is durable.
     *
     * @param known of other volumes, whose packs need not be made again
     */
    private boolean publish(VolumeId volume, List<Entry> known) throws IOException {
        Optional<PublishedVolume> before = copies.read(volume);
        Map<String, Entry> there = new HashMap<>();
        known.forEach(entry -> there.put(entry.manifest().id(), entry));
        before.ifPresent(it ->
                it.checkpoints().forEach(entry -> there.put(entry.manifest().id(), entry)));
        VolumeState state = working.state(volume);
        List<Entry> entries = new ArrayList<>();
        List<Found> toPack = new ArrayList<>();
        for (Found checkpoint : working.checkpoints(volume)) {
            if (checkpoint.manifest().id().equals(state.making())) {
                continue;
            }
            Entry entry = there.get(checkpoint.manifest().id());
            if (entry != null) {
                entries.add(new Entry(entry.manifest(), checkpoint.removed(), entry.pack()));
            } else if (!LayerPack.needed(checkpoint.manifest())) {
                entries.add(new Entry(checkpoint.manifest(), checkpoint.removed(), null));
            } else {
                toPack.add(checkpoint);
            }
        }
        VolumeState settled = state.making(null);
        VolumeMarker marker = Volume.marker(working.store().directory(volume));
        if (before.isPresent()
                && toPack.isEmpty()
                && before.get().sameAs(new PublishedVolume(0, "", marker, settled, entries))) {
            return false;
        }
        String token = UUID.randomUUID().toString();
        String at = before.map(PublishedVolume::token).orElse(null);
        working.note(volume, new Note(at, token, keys(entries, toPack), false));
        toEnd(() -> {
            for (Found checkpoint : toPack) {
                Pack pack = LayerPack.write(
                        copies.pack(checkpoint.key()), checkpoint.key(), checkpoint.manifest(), checkpoint.directory());
                entries.add(new Entry(checkpoint.manifest(), checkpoint.removed(), pack));
            }
        });
        listener.done(Step.COPY_PACKED);
        copies.publish(
                new PublishedVolume(PublishedVolume.FORMAT, token, marker, settled, entries), working.past(volume));
        listener.done(Step.COPY_PUBLISHED);
        working.note(volume, new Note(token, null, List.of(), false));
        return true;
    }

    private static List<String> keys(List<Entry> entries, List<Found> toPack) {
        Set<String> keys = new HashSet<>();
        entries.forEach(entry -> entry.files().ifPresent(pack -> keys.add(pack.key())));
        toPack.forEach(checkpoint -> keys.add(checkpoint.key()));
        return List.copyOf(keys);
    }
}
