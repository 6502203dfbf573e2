package dev.sandkeep.linux.volumes;

import static dev.sandkeep.linux.volumes.StoreFixture.VOLUME;
import static dev.sandkeep.linux.volumes.StoreFixture.prepare;
import static dev.sandkeep.linux.volumes.StoreFixture.sh;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sandkeep.linux.files.HostFailure;
import dev.sandkeep.linux.kernel.Descriptor;
import dev.sandkeep.linux.kernel.Directory;
import dev.sandkeep.linux.kernel.Mounts;
import dev.sandkeep.linux.kernel.Mounts.Writable;
import dev.sandkeep.spi.AttachOutcome;
import dev.sandkeep.spi.CheckpointId;
import dev.sandkeep.spi.CheckpointOutcome;
import dev.sandkeep.spi.DetachOutcome;
import dev.sandkeep.spi.Enforcement;
import dev.sandkeep.spi.IdRange;
import dev.sandkeep.spi.PathPressure;
import dev.sandkeep.spi.Pause;
import dev.sandkeep.spi.PersistedPath;
import dev.sandkeep.spi.PressureOutcome;
import dev.sandkeep.spi.VolumeBackend;
import dev.sandkeep.spi.VolumeMount;
import dev.sandkeep.spi.VolumeSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * Limits that the file system enforces, where this kernel has project quotas on ext4, and else does not; what is written goes through a
 * real overlay.
 */
class HardLimitTest {
    private static final int MEBIBYTE = 1 << 20;
    private static final VolumeSpec LIMITED = new VolumeSpec(
            VOLUME,
            "sbx_test",
            List.of(
                    new PersistedPath("/root", List.of(), OptionalLong.of(40L * MEBIBYTE)),
                    new PersistedPath("/srv", List.of(), OptionalLong.empty())));

    @TempDir
    Path place;

    private @Nullable VolumeBackend opened;
    private boolean quotas;

    @TestFactory
    Stream<DynamicTest> limits_are_enforced_by_the_file_system_or_watched() throws Exception {
        StoreFixture.requireRoot();
        return hasQuotas()
                ? Stream.of(
                        onFreshDisk("a write over the limit fails", this::aWriteOverTheLimitFailsAndTheRestGoesOn),
                        onFreshDisk("earlier generations count", this::whatEarlierGenerationsLeftCounts),
                        onFreshDisk("a full path stops nothing", this::aFullPathStopsNothingAndLeavesRoomToTidyUp),
                        onFreshDisk("it holds after a death", this::aLimitHoldsAgainAfterADetachThatFailed),
                        onFreshDisk("no limit, no quota", this::aPathWithoutALimitTakesWhatThereIs))
                : Stream.of(onFreshDisk("without quotas a limit is watched", this::aLimitIsWatched));
    }

    private interface Scenario {
        void run() throws Exception;
    }

    private DynamicTest onFreshDisk(String name, Scenario scenario) {
        return DynamicTest.dynamicTest(name, () -> {
            sh(place, "mkdir disk view image lower");
            sh(place, quotas ? MemoryDisk.withQuotas("256M", "disk") : MemoryDisk.script("256M", "disk"));
            opened = new DirectoryVolumeBackendFactory().open(StoreFixture.config(disk()));
            try {
                backend().provision(LIMITED);
                scenario.run();
            } finally {
                backend().close();
                Mounts.below(place).forEach(Mounts::detach);
                sh(place, "rm -r disk view image lower");
            }
        });
    }

    /** Many kernels of virtual machines are built without the module {@code quota_v2}. */
    private boolean hasQuotas() throws Exception {
        sh(place, "mkdir tried");
        quotas = new ProcessBuilder("sh", "-c", MemoryDisk.withQuotas("16M", "tried") + " && umount tried")
                        .directory(place.toFile())
                        .start()
                        .waitFor()
                == 0;
        return quotas;
    }

    private VolumeBackend backend() {
        return requireNonNull(opened);
    }

    private Path disk() {
        return place.resolve("disk");
    }

    private Path view() {
        return place.resolve("view");
    }

    private void aLimitIsWatched() throws Exception {
        mounted(attached(1).getFirst());
        write("large", 60);

        assertThat(pressure(1)).satisfies(path -> {
            assertThat(path.enforcement()).isEqualTo(Enforcement.WATCHED);
            assertThat(path.reaches(1)).isTrue();
        });
        detach(1);
    }

    private void aWriteOverTheLimitFailsAndTheRestGoesOn() throws Exception {
        mounted(attached(1).getFirst());
        write("kept", 30);

        assertThatThrownBy(() -> write("large", 30))
                .satisfies(thrown -> assertThat(HostFailure.isFull(thrown)).isTrue());

        assertThat(Files.readAllBytes(view().resolve("kept"))).hasSize(30 * MEBIBYTE);
        assertThat(pressure(1)).satisfies(path -> {
            assertThat(path.enforcement()).isEqualTo(Enforcement.HARD);
            assertThat(path.usedBytes()).isBetween(30L * MEBIBYTE, 41L * MEBIBYTE);
        });
        Files.delete(view().resolve("large"));
        write("small", 5);
    }

    private void whatEarlierGenerationsLeftCounts() throws Exception {
        mounted(attached(1).getFirst());
        write("first", 20);
        detach(1);
        mounted(attached(2).getFirst());

        write("second", 15);
        assertThatThrownBy(() -> write("third", 20))
                .satisfies(thrown -> assertThat(HostFailure.isFull(thrown)).isTrue());
    }

    private void aFullPathStopsNothingAndLeavesRoomToTidyUp() throws Exception {
        VolumeMount first = attached(1).getFirst();
        mounted(first);
        write("kept", 30);
        assertThatThrownBy(() -> write("large", 30)).isInstanceOf(IOException.class);

        assertThat(backend().checkpoint(VOLUME, 1, new CheckpointId("chk_running"), Pause.NOTHING_RUNS))
                .isInstanceOf(CheckpointOutcome.Checkpointed.class);
        detach(1);
        mounted(attached(2).getFirst());

        assertThat(Files.readAllBytes(view().resolve("kept"))).hasSize(30 * MEBIBYTE);
        Files.delete(view().resolve("kept"));
        write("little", 10);
        assertThatThrownBy(() -> write("large", 30)).isInstanceOf(IOException.class);
        detach(2);
    }

    private void aLimitHoldsAgainAfterADetachThatFailed() throws Exception {
        VolumeMount first = attached(1).getFirst();
        prepare(first, IdRange.HOST);
        backend().close();
        VolumeBackend dying = DirectoryVolumeBackendFactory.open(StoreFixture.config(disk()), step -> {
            if (step == Step.DETACH_FLUSHED) {
                throw new IllegalStateException("died");
            }
        });
        opened = dying;
        assertThatThrownBy(() -> dying.detach(VOLUME, 1, new CheckpointId("chk_1")))
                .hasMessageContaining("died");

        mounted(attached(1).getFirst());

        assertThatThrownBy(() -> write("large", 60)).isInstanceOf(IOException.class);
    }

    private void aPathWithoutALimitTakesWhatThereIs() throws Exception {
        mounted(attached(1).get(1));

        write("large", 60);
    }

    private List<VolumeMount> attached(int generation) {
        return ((AttachOutcome.Attached) backend().attach(VOLUME, generation, Optional.empty())).mounts();
    }

    private PathPressure pressure(int generation) {
        return ((PressureOutcome.Measured) backend().pressure(VOLUME, generation))
                .paths()
                .getFirst();
    }

    private void detach(int generation) {
        Mounts.detach(view());
        Mounts.detach(place.resolve("lower"));
        assertThat(backend().detach(VOLUME, generation, new CheckpointId("chk_" + generation)))
                .isInstanceOf(DetachOutcome.Detached.class);
    }

    /** Mounts as a provider does; the newest checkpoint is enough below. */
    private void mounted(VolumeMount mount) throws IOException {
        prepare(mount, IdRange.HOST);
        Path below = mount.committed().isEmpty()
                ? place.resolve("image")
                : mount.committed().getFirst().directory();
        try (Directory files = Directory.open(below);
                Directory lower = Directory.open(place.resolve("lower"));
                Directory target = Directory.open(view());
                Descriptor clone = Mounts.clone(files)) {
            Mounts.attach(clone, lower);
            Mounts.mountOverlay(List.of(clone), new Writable(mount.upper(), mount.work()), target);
        }
    }

    private void write(String name, int mebibytes) throws IOException {
        Files.write(view().resolve(name), new byte[mebibytes * MEBIBYTE]);
    }
}
