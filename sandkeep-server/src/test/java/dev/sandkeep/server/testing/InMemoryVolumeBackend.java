package dev.sandkeep.server.testing;

import dev.sandkeep.spi.AttachOutcome;
import dev.sandkeep.spi.CheckpointId;
import dev.sandkeep.spi.DetachOutcome;
import dev.sandkeep.spi.DurablePoint;
import dev.sandkeep.spi.FlushOutcome;
import dev.sandkeep.spi.IdRange;
import dev.sandkeep.spi.ProvisionOutcome;
import dev.sandkeep.spi.VerifyOutcome;
import dev.sandkeep.spi.VolumeBackend;
import dev.sandkeep.spi.VolumeDamage;
import dev.sandkeep.spi.VolumeId;
import dev.sandkeep.spi.VolumeMount;
import dev.sandkeep.spi.VolumeSpec;
import dev.sandkeep.spi.VolumeUsage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
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
 * {@link VolumeBackend}'s comments, and can be damaged on demand.
 *
 * <p>Safe for concurrent use.
 */
public final class InMemoryVolumeBackend implements VolumeBackend {
    private final Path root;
    private final Map<VolumeId, FakeVolume> volumes = new HashMap<>();
    private int heads;

    private static final class FakeVolume {
        private final VolumeSpec spec;
        private final List<DurablePoint> points = new ArrayList<>();
        /** Directories of each checkpoint, oldest first, in the order of the paths. */
        private final List<List<Path>> committed = new ArrayList<>();

        private final Map<Integer, DurablePoint> detached = new HashMap<>();
        private int newest;
        private int holder;
        private List<Path> head = List.of();
        private @Nullable VolumeDamage damage;

        private FakeVolume(VolumeSpec spec) {
            this.spec = spec;
        }

        private Optional<DurablePoint> point() {
            return points.isEmpty() ? Optional.empty() : Optional.of(points.getLast());
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
            volume.head = makeHead(volume);
            volume.holder = generation;
            volume.newest = generation;
            volume.detached.remove(generation);
        }
        return new AttachOutcome.Attached(mounts(volume), volume.point(), repeated);
    }

    private List<Path> makeHead(FakeVolume volume) {
        List<Path> made = new ArrayList<>();
        try {
            for (int i = 0; i < volume.spec.paths().size(); i++) {
                Path head = root.resolve("head-" + ++heads);
                Files.createDirectories(head.resolve("upper"));
                Files.createDirectories(head.resolve("work"));
                made.add(head);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return made;
    }

    private static List<VolumeMount> mounts(FakeVolume volume) {
        List<VolumeMount> mounts = new ArrayList<>();
        for (int i = 0; i < volume.spec.paths().size(); i++) {
            List<VolumeMount.Committed> committed = new ArrayList<>();
            for (List<Path> checkpoint : volume.committed.reversed()) {
                committed.add(new VolumeMount.Committed(checkpoint.get(i).resolve("upper"), IdRange.HOST));
            }
            Path head = volume.head.get(i);
            mounts.add(new VolumeMount(
                    volume.spec.paths().get(i), head, head.resolve("upper"), head.resolve("work"), committed));
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
        DurablePoint before = volume.detached.get(generation);
        if (volume.holder == 0 && before != null) {
            return new DetachOutcome.Detached(before, true);
        }
        volume.newest = generation;
        if (volume.points.isEmpty() || volume.head.stream().anyMatch(InMemoryVolumeBackend::written)) {
            volume.committed.add(volume.head.isEmpty() ? makeHead(volume) : volume.head);
            volume.points.add(new DurablePoint(checkpoint, volume.points.size() + 1L, Instant.now()));
        }
        volume.head = List.of();
        volume.holder = 0;
        DurablePoint point = volume.points.getLast();
        volume.detached.put(generation, point);
        return new DetachOutcome.Detached(point, false);
    }

    private static boolean written(Path head) {
        try (Stream<Path> files = Files.list(head.resolve("upper"))) {
            return files.findAny().isPresent();
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
    public synchronized Optional<VolumeUsage> usage(VolumeId id) {
        return Optional.ofNullable(volumes.get(id)).map(volume -> new VolumeUsage(0, 0, volume.points.size()));
    }

    @Override
    public void close() {}
}
