package dev.sandkeep.server.testing;

import dev.sandkeep.spi.AttachOutcome;
import dev.sandkeep.spi.Checkpoint;
import dev.sandkeep.spi.CheckpointId;
import dev.sandkeep.spi.CheckpointOutcome;
import dev.sandkeep.spi.CheckpointsOutcome;
import dev.sandkeep.spi.DetachOutcome;
import dev.sandkeep.spi.DurablePoint;
import dev.sandkeep.spi.Enforcement;
import dev.sandkeep.spi.ExportKey;
import dev.sandkeep.spi.ExportKeys;
import dev.sandkeep.spi.ExportOutcome;
import dev.sandkeep.spi.FlushOutcome;
import dev.sandkeep.spi.ForkOutcome;
import dev.sandkeep.spi.IdRange;
import dev.sandkeep.spi.ImportOutcome;
import dev.sandkeep.spi.PathPressure;
import dev.sandkeep.spi.Pause;
import dev.sandkeep.spi.PersistedPath;
import dev.sandkeep.spi.PressureOutcome;
import dev.sandkeep.spi.ProvisionOutcome;
import dev.sandkeep.spi.RemoveCheckpointOutcome;
import dev.sandkeep.spi.RestoreOutcome;
import dev.sandkeep.spi.VerifyOutcome;
import dev.sandkeep.spi.VolumeBackend;
import dev.sandkeep.spi.VolumeDamage;
import dev.sandkeep.spi.VolumeId;
import dev.sandkeep.spi.VolumeMount;
import dev.sandkeep.spi.VolumeSpec;
import dev.sandkeep.spi.VolumeUsage;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A volume backend whose book-keeping is in memory and whose files are in a directory of the test. It keeps the rules of
 * {@link VolumeBackend}'s comments, and can be damaged on demand. Patterns of what to leave out are the one thing that it does not
 * play.
 *
 * <p>Safe for concurrent use.
 */
public final class InMemoryVolumeBackend implements VolumeBackend {
    private final Path root;
    private final Map<VolumeId, FakeVolume> volumes = new HashMap<>();
    private int directories;

    /**
     * @param content for each path, the directories that make it up, newest first
     * @param of what it was restored from
     */
    private record Kept(Checkpoint checkpoint, List<List<Path>> content, Optional<CheckpointId> of) {}

    private static final class FakeVolume {
        private final VolumeSpec spec;
        /** Oldest first. */
        private final List<Kept> kept = new ArrayList<>();
        /** Of all checkpoints that ever were, oldest first. */
        private final List<DurablePoint> points = new ArrayList<>();

        private final Map<Integer, Checkpoint> detached = new HashMap<>();
        private Map<String, String> labels = Map.of();
        private int newest;
        private int holder;
        private List<Path> head = List.of();
        private Optional<Kept> base = Optional.empty();
        private @Nullable VolumeDamage damage;

        private FakeVolume(VolumeSpec spec) {
            this.spec = spec;
        }

        private Optional<DurablePoint> point() {
            return points.isEmpty() ? Optional.empty() : Optional.of(points.getLast());
        }

        private Optional<Kept> newestKept() {
            return kept.isEmpty() ? Optional.empty() : Optional.of(kept.getLast());
        }

        private Optional<Kept> find(CheckpointId id) {
            return kept.stream().filter(it -> it.checkpoint().id().equals(id)).findFirst();
        }

        private List<List<Path>> under(List<Path> top) {
            List<List<Path>> content = new ArrayList<>();
            for (int i = 0; i < top.size(); i++) {
                List<Path> layers = new ArrayList<>(List.of(top.get(i)));
                if (base.isPresent()) {
                    layers.addAll(base.get().content().get(i));
                }
                content.add(List.copyOf(layers));
            }
            return content;
        }

        private Checkpoint add(
                CheckpointId id, Checkpoint.Kind kind, List<List<Path>> content, Optional<CheckpointId> of) {
            Checkpoint made = new Checkpoint(
                    id, points.size() + 1L, newest, Instant.now(), kind, point().map(DurablePoint::checkpoint));
            kept.add(new Kept(made, content, of));
            points.add(made.point());
            return made;
        }
    }

    /** @param root directory for the files of all volumes */
    public InMemoryVolumeBackend(Path root) {
        this.root = root;
    }

    // ------------------------------------------------------------------------------------------ for tests

    /** From now on the volume is not what was committed. */
    public synchronized void damage(VolumeId volume, VolumeDamage.Code code) {
        Objects.requireNonNull(volumes.get(volume)).damage = new VolumeDamage(code, "a test damaged " + volume);
    }

    /** The volume is as it was before {@link #damage}. */
    public synchronized void mend(VolumeId volume) {
        Objects.requireNonNull(volumes.get(volume)).damage = null;
    }

    /** The volume is gone, as if an operator had removed its directory. */
    public synchronized void lose(VolumeId volume) {
        volumes.remove(volume);
    }

    /** Who holds it. */
    public synchronized OptionalInt holder(VolumeId volume) {
        FakeVolume found = volumes.get(volume);
        return found == null || found.holder == 0 ? OptionalInt.empty() : OptionalInt.of(found.holder);
    }

    // ------------------------------------------------------------------------------------------ VolumeBackend

    @Override
    public synchronized ProvisionOutcome provision(VolumeSpec spec) {
        FakeVolume present = volumes.get(spec.id());
        if (present != null) {
            return present.spec.equals(spec)
                    ? new ProvisionOutcome.Provisioned(true)
                    : new ProvisionOutcome.Conflict(spec.id() + " is another volume");
        }
        volumes.put(spec.id(), new FakeVolume(spec));
        return new ProvisionOutcome.Provisioned(false);
    }

    @Override
    public synchronized AttachOutcome attach(VolumeId id, int generation, Optional<DurablePoint> promised) {
        FakeVolume volume = volumes.get(id);
        if (volume == null) {
            return new AttachOutcome.Missing();
        }
        Optional<VolumeDamage> damage = damage(volume, promised);
        if (damage.isPresent()) {
            return new AttachOutcome.Damaged(damage.get());
        }
        if (generation < volume.newest) {
            return new AttachOutcome.Fenced(volume.newest);
        }
        if (volume.holder != 0 && volume.holder != generation) {
            return new AttachOutcome.HeldBy(volume.holder);
        }
        boolean repeated = volume.holder == generation;
        if (!repeated) {
            volume.head = makeDirectories(volume.spec);
            volume.base = volume.newestKept();
            volume.holder = generation;
            volume.newest = generation;
            volume.detached.remove(generation);
        }
        return new AttachOutcome.Attached(
                mounts(volume), volume.base.map(it -> it.checkpoint().point()), repeated);
    }

    private List<Path> makeDirectories(VolumeSpec spec) {
        List<Path> made = new ArrayList<>();
        try {
            for (int i = 0; i < spec.paths().size(); i++) {
                Path directory = root.resolve("head-" + ++directories);
                Files.createDirectories(directory.resolve("upper"));
                Files.createDirectories(directory.resolve("work"));
                made.add(directory);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return made;
    }

    private static List<VolumeMount> mounts(FakeVolume volume) {
        List<VolumeMount> mounts = new ArrayList<>();
        for (int i = 0; i < volume.spec.paths().size(); i++) {
            Path head = volume.head.get(i);
            List<VolumeMount.Committed> committed = new ArrayList<>();
            if (volume.base.isPresent()) {
                for (Path layer : volume.base.get().content().get(i)) {
                    committed.add(new VolumeMount.Committed(layer.resolve("upper"), IdRange.HOST));
                }
            }
            mounts.add(new VolumeMount(
                    volume.spec.places().get(i), head, head.resolve("upper"), head.resolve("work"), committed));
        }
        return mounts;
    }

    private static Optional<VolumeDamage> damage(FakeVolume volume, Optional<DurablePoint> promised) {
        if (volume.damage != null) {
            return Optional.of(volume.damage);
        }
        return promised.filter(point -> volume.points.stream()
                        .noneMatch(
                                it -> it.checkpoint().equals(point.checkpoint()) && it.sequence() == point.sequence()))
                .map(point -> new VolumeDamage(
                        VolumeDamage.Code.OLDER_THAN_DURABLE_POINT, volume.spec.id() + " does not contain " + point));
    }

    @Override
    public synchronized FlushOutcome flush(VolumeId id, int generation) {
        FakeVolume volume = volumes.get(id);
        if (volume == null) {
            return new FlushOutcome.Missing();
        }
        return volume.holder == generation ? new FlushOutcome.Flushed(Instant.now()) : new FlushOutcome.NotHeld();
    }

    @Override
    public synchronized DetachOutcome detach(VolumeId id, int generation, CheckpointId checkpoint) {
        FakeVolume volume = volumes.get(id);
        if (volume == null) {
            return new DetachOutcome.Missing();
        }
        if (volume.damage != null) {
            return new DetachOutcome.Damaged(volume.damage);
        }
        if (generation < volume.newest || (volume.holder != 0 && volume.holder != generation)) {
            return new DetachOutcome.Fenced(volume.newest);
        }
        if (volume.holder == 0 && volume.newestKept().isPresent()) {
            boolean repeated = generation == volume.newest;
            volume.newest = generation;
            return new DetachOutcome.Detached(volume.points.getLast(), repeated);
        }
        volume.newest = generation;
        if (!unchanged(volume)) {
            List<Path> head = volume.head.isEmpty() ? makeDirectories(volume.spec) : volume.head;
            volume.add(checkpoint, Checkpoint.Kind.DETACHED, volume.under(head), Optional.empty());
        }
        volume.head = List.of();
        volume.base = Optional.empty();
        volume.holder = 0;
        return new DetachOutcome.Detached(volume.points.getLast(), false);
    }

    private static boolean unchanged(FakeVolume volume) {
        return volume.newestKept().isPresent()
                && volume.base.equals(volume.newestKept())
                && volume.head.stream().noneMatch(InMemoryVolumeBackend::written);
    }

    private static boolean written(Path head) {
        try (Stream<Path> files = Files.list(head.resolve("upper"))) {
            return files.findAny().isPresent();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Not synchronized as a whole: who holds the sandbox still may ask this backend something. */
    @Override
    public CheckpointOutcome checkpoint(VolumeId id, int generation, CheckpointId checkpoint, Pause pause) {
        Optional<CheckpointOutcome> known = beforeCheckpoint(id, generation, checkpoint);
        if (known.isPresent()) {
            return known.get();
        }
        pause.begin();
        long began = System.nanoTime();
        CheckpointOutcome outcome;
        try {
            outcome = commitRunning(id, generation, checkpoint, began);
        } finally {
            pause.end();
        }
        return outcome;
    }

    private synchronized Optional<CheckpointOutcome> beforeCheckpoint(
            VolumeId id, int generation, CheckpointId checkpoint) {
        FakeVolume volume = volumes.get(id);
        if (volume == null) {
            return Optional.of(new CheckpointOutcome.Missing());
        }
        if (volume.damage != null) {
            return Optional.of(new CheckpointOutcome.Damaged(volume.damage));
        }
        if (volume.holder != generation) {
            return Optional.of(new CheckpointOutcome.NotHeld());
        }
        Optional<Kept> present =
                unchanged(volume) && volume.find(checkpoint).isEmpty() ? volume.newestKept() : volume.find(checkpoint);
        return present.map(it -> new CheckpointOutcome.Checkpointed(it.checkpoint(), true, Duration.ZERO));
    }

    private synchronized CheckpointOutcome commitRunning(
            VolumeId id, int generation, CheckpointId checkpoint, long began) {
        Optional<CheckpointOutcome> known = beforeCheckpoint(id, generation, checkpoint);
        if (known.isPresent()) {
            return known.get();
        }
        FakeVolume volume = Objects.requireNonNull(volumes.get(id));
        List<Path> copies = makeDirectories(volume.spec);
        for (int i = 0; i < copies.size(); i++) {
            copy(volume.head.get(i).resolve("upper"), copies.get(i).resolve("upper"));
        }
        Checkpoint made = volume.add(checkpoint, Checkpoint.Kind.RUNNING, volume.under(copies), Optional.empty());
        return new CheckpointOutcome.Checkpointed(made, false, Duration.ofNanos(System.nanoTime() - began));
    }

    private static void copy(Path from, Path to) {
        try (Stream<Path> all = Files.walk(from)) {
            for (Path source : all.skip(1).toList()) {
                Files.copy(source, to.resolve(from.relativize(source).toString()));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public synchronized CheckpointsOutcome checkpoints(VolumeId id) {
        FakeVolume volume = volumes.get(id);
        if (volume == null) {
            return new CheckpointsOutcome.Missing();
        }
        return volume.damage != null
                ? new CheckpointsOutcome.Damaged(volume.damage)
                : new CheckpointsOutcome.Listed(
                        volume.kept.reversed().stream().map(Kept::checkpoint).toList());
    }

    @Override
    public synchronized RemoveCheckpointOutcome removeCheckpoint(VolumeId id, CheckpointId checkpoint) {
        FakeVolume volume = volumes.get(id);
        if (volume == null) {
            return new RemoveCheckpointOutcome.Missing();
        }
        if (volume.damage != null) {
            return new RemoveCheckpointOutcome.Damaged(volume.damage);
        }
        Optional<Kept> doomed = volume.find(checkpoint);
        if (doomed.isEmpty()) {
            return new RemoveCheckpointOutcome.Absent();
        }
        if (doomed.equals(volume.newestKept())) {
            return new RemoveCheckpointOutcome.InUse(checkpoint + " is the newest of " + id);
        }
        if (doomed.equals(volume.base)) {
            return new RemoveCheckpointOutcome.InUse("generation " + volume.holder + " writes on " + checkpoint);
        }
        volume.kept.remove(doomed.get());
        return new RemoveCheckpointOutcome.Removed();
    }

    @Override
    public synchronized RestoreOutcome restore(VolumeId id, CheckpointId to, CheckpointId restored) {
        FakeVolume volume = volumes.get(id);
        if (volume == null) {
            return new RestoreOutcome.Missing();
        }
        if (volume.damage != null) {
            return new RestoreOutcome.Damaged(volume.damage);
        }
        Optional<Kept> before = volume.find(restored).filter(it -> it.of().equals(Optional.of(to)));
        if (before.isPresent()) {
            return new RestoreOutcome.Restored(before.get().checkpoint(), true);
        }
        if (volume.holder != 0) {
            return new RestoreOutcome.HeldBy(volume.holder);
        }
        return volume.find(to)
                .<RestoreOutcome>map(from -> new RestoreOutcome.Restored(
                        volume.add(restored, Checkpoint.Kind.RESTORED, from.content(), Optional.of(to)), false))
                .orElseGet(RestoreOutcome.NoSuchCheckpoint::new);
    }

    @Override
    public synchronized ForkOutcome fork(
            VolumeId source, Optional<CheckpointId> at, VolumeSpec target, CheckpointId first) {
        FakeVolume volume = volumes.get(source);
        if (volume == null) {
            return new ForkOutcome.Missing();
        }
        if (volume.damage != null) {
            return new ForkOutcome.Damaged(volume.damage);
        }
        Optional<Checkpoint> before = madeBefore(target, first);
        if (before.isPresent()) {
            return new ForkOutcome.Forked(before.get(), true);
        }
        if (volumes.containsKey(target.id()) || !target.places().equals(volume.spec.places())) {
            return new ForkOutcome.Conflict(target.id() + " exists, or keeps other paths than " + source);
        }
        Optional<Kept> from = at.isPresent() ? volume.find(at.get()) : volume.newestKept();
        if (from.isEmpty()) {
            return new ForkOutcome.NoSuchCheckpoint();
        }
        FakeVolume made = new FakeVolume(target);
        volumes.put(target.id(), made);
        return new ForkOutcome.Forked(
                made.add(first, Checkpoint.Kind.FORKED, from.get().content(), Optional.empty()), false);
    }

    private Optional<Checkpoint> madeBefore(VolumeSpec spec, CheckpointId first) {
        return Optional.ofNullable(volumes.get(spec.id()))
                .filter(it -> it.spec.equals(spec) && !it.points.isEmpty())
                .filter(it -> it.points.getFirst().checkpoint().equals(first))
                .flatMap(it -> it.find(first))
                .map(Kept::checkpoint);
    }

    @Override
    public synchronized ExportOutcome export(
            VolumeId id,
            Optional<CheckpointId> at,
            Optional<ExportKey> key,
            Map<String, String> labels,
            OutputStream target) {
        FakeVolume volume = volumes.get(id);
        if (volume == null) {
            return new ExportOutcome.Missing();
        }
        if (volume.damage != null) {
            return new ExportOutcome.Damaged(volume.damage);
        }
        Optional<Kept> from = at.isPresent() ? volume.find(at.get()) : volume.newestKept();
        if (from.isEmpty()) {
            return new ExportOutcome.NoSuchCheckpoint();
        }
        try {
            long bytes = FakeExport.write(
                    new FakeExport.Content(
                            volume.spec.places(), labels, from.get().content()),
                    key,
                    target);
            return new ExportOutcome.Exported(from.get().checkpoint(), bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public synchronized ImportOutcome importVolume(
            VolumeSpec spec, CheckpointId first, ExportKeys keys, InputStream source) {
        Optional<Checkpoint> before = madeBefore(spec, first);
        if (before.isPresent()) {
            return new ImportOutcome.Imported(
                    before.get(), Objects.requireNonNull(volumes.get(spec.id())).labels, true);
        }
        if (volumes.containsKey(spec.id())) {
            return new ImportOutcome.Conflict(spec.id() + " is another volume");
        }
        try {
            FakeExport.Content content = FakeExport.read(spec, keys, source, () -> makeDirectories(spec));
            FakeVolume made = new FakeVolume(spec);
            made.labels = content.labels();
            volumes.put(spec.id(), made);
            Checkpoint imported = made.add(first, Checkpoint.Kind.IMPORTED, content.layers(), Optional.empty());
            return new ImportOutcome.Imported(imported, content.labels(), false);
        } catch (FakeExport.RefusedException e) {
            return e.refusal();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public synchronized PressureOutcome pressure(VolumeId id, int generation) {
        FakeVolume volume = volumes.get(id);
        if (volume == null) {
            return new PressureOutcome.Missing();
        }
        return volume.holder == generation
                ? new PressureOutcome.Measured(pressure(volume, volume.under(volume.head)))
                : new PressureOutcome.NotHeld();
    }

    private static List<PathPressure> pressure(FakeVolume volume, List<List<Path>> content) {
        List<PathPressure> paths = new ArrayList<>();
        for (int i = 0; i < volume.spec.paths().size(); i++) {
            PersistedPath path = volume.spec.paths().get(i);
            long used = content.get(i).stream()
                    .mapToLong(InMemoryVolumeBackend::size)
                    .sum();
            paths.add(new PathPressure(path.path(), used, path.maxBytes(), Enforcement.WATCHED));
        }
        return paths;
    }

    private static long size(Path directory) {
        try (Stream<Path> all = Files.walk(directory.resolve("upper"))) {
            return all.filter(Files::isRegularFile)
                    .mapToLong(file -> file.toFile().length())
                    .sum();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public synchronized VerifyOutcome verify(VolumeId id, Optional<DurablePoint> promised) {
        FakeVolume volume = volumes.get(id);
        if (volume == null) {
            return new VerifyOutcome.Missing();
        }
        return damage(volume, promised)
                .<VerifyOutcome>map(VerifyOutcome.Damaged::new)
                .orElseGet(() -> new VerifyOutcome.Intact(volume.point(), holder(id)));
    }

    @Override
    public synchronized boolean delete(VolumeId volume) {
        return volumes.remove(volume) != null;
    }

    @Override
    public synchronized List<VolumeId> list() {
        return List.copyOf(volumes.keySet());
    }

    @Override
    public synchronized Optional<VolumeUsage> usage(VolumeId id, int largest) {
        return Optional.ofNullable(volumes.get(id)).map(volume -> {
            List<List<Path>> content = volume.holder != 0
                    ? volume.under(volume.head)
                    : volume.newestKept()
                            .map(Kept::content)
                            .orElse(Collections.nCopies(volume.spec.paths().size(), List.of()));
            List<PathPressure> paths = pressure(volume, content);
            return new VolumeUsage(
                    paths.stream().mapToLong(PathPressure::usedBytes).sum(),
                    0,
                    0,
                    volume.kept.size(),
                    paths,
                    List.of());
        });
    }

    @Override
    public void close() {}
}
