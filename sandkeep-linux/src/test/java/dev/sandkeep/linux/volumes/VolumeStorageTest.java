package dev.sandkeep.linux.volumes;

import static dev.sandkeep.linux.volumes.StoreFixture.SPEC;
import static dev.sandkeep.linux.volumes.StoreFixture.VOLUME;
import static dev.sandkeep.linux.volumes.StoreFixture.replace;
import static dev.sandkeep.linux.volumes.StoreFixture.seen;
import static dev.sandkeep.linux.volumes.StoreFixture.sh;
import static dev.sandkeep.linux.volumes.StoreFixture.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sandkeep.spi.CheckpointId;
import dev.sandkeep.spi.HostCheck;
import dev.sandkeep.spi.ProviderConfig;
import dev.sandkeep.spi.ProviderException;
import dev.sandkeep.spi.VerifyOutcome;
import dev.sandkeep.spi.VolumeBackend;
import dev.sandkeep.spi.VolumeMount;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** File systems that are full, unfit, or elsewhere. */
class VolumeStorageTest {
    @TempDir
    Path place;

    private Path mounted;

    @BeforeEach
    void makeMountPoint() throws Exception {
        StoreFixture.requireRoot();
        mounted = Files.createDirectory(place.resolve("mounted"));
    }

    @AfterEach
    void unmount() throws Exception {
        sh(place, "while umount mounted 2> /dev/null; do :; done");
    }

    @Test
    void a_full_disk_stops_a_detach_and_leaves_the_volume_held_until_there_is_room() throws Exception {
        mountSmallDisk();
        try (StoreFixture store = new StoreFixture(mounted)) {
            store.backend().provision(SPEC);
            var first = store.generation(1, "one");
            write(store.attach(2).getFirst(), "two");
            // Only now, because removing the work directories makes room, mostly enough to go on.
            try (VolumeBackend filling = DirectoryVolumeBackendFactory.open(
                    StoreFixture.config(mounted), step -> fillAt(step, Step.DETACH_WORK_REMOVED))) {
                assertFull(() -> filling.detach(VOLUME, 2, new CheckpointId("chk_2")));
            }

            assertThat(store.backend().verify(VOLUME, Optional.of(first)))
                    .isEqualTo(new VerifyOutcome.Intact(Optional.of(first), OptionalInt.of(2)));
            sh(mounted, "rm filler*");
            assertThat(store.detach(2).sequence()).isEqualTo(2);
            assertThat(seen(store.attach(3).getFirst())).containsExactly("one", "two");
        }
    }

    @Test
    void a_full_disk_stops_an_attach_and_leaves_the_volume_free_until_there_is_room() throws Exception {
        mountSmallDisk();
        try (StoreFixture store = new StoreFixture(mounted)) {
            store.backend().provision(SPEC);
            var first = store.generation(1, "one");
            fill();

            assertFull(() -> store.attach(2));

            assertThat(store.backend().verify(VOLUME, Optional.of(first)))
                    .isEqualTo(new VerifyOutcome.Intact(Optional.of(first), OptionalInt.empty()));
            sh(mounted, "rm filler*");
            assertThat(seen(store.attach(2).getFirst())).containsExactly("one");
        }
    }

    @Test
    void without_room_to_merge_a_chain_it_stays_as_it_is() throws Exception {
        mountSmallDisk();
        try (StoreFixture store = new StoreFixture(mounted)) {
            store.backend().provision(SPEC);
            VolumeMount first = store.attach(1).getFirst();
            write(first, "one");
            sh(first.upper(), "head -c 7000000 /dev/urandom > big; cksum big > sum");
            store.detach(1);
            for (int generation = 2; generation <= Detachment.LONGEST_CHAIN + 1; generation++) {
                store.generation(generation, "file-" + generation);
            }

            VolumeMount next = store.attach(Detachment.LONGEST_CHAIN + 2).getFirst();

            assertThat(next.committed()).hasSize(Detachment.LONGEST_CHAIN + 1);
            sh(next.committed().getLast().directory(), "[ \"$(cksum big)\" = \"$(cat sum)\" ]");
            assertThat(store.backend().verify(VOLUME, Optional.empty())).isInstanceOf(VerifyOutcome.Intact.class);
        }
    }

    @Test
    void a_file_system_that_cannot_be_an_overlays_upper_is_refused_with_all_reasons() throws Exception {
        sh(place, "mount -t ramfs ramfs mounted");
        ProviderConfig config = StoreFixture.config(mounted);

        assertThatThrownBy(() -> new DirectoryVolumeBackendFactory().open(config))
                .isInstanceOfSatisfying(
                        ProviderException.class,
                        thrown -> assertThat(thrown.kind()).isEqualTo(ProviderException.Kind.FAULT))
                .hasMessageContaining("user.*")
                .hasMessageContaining("ext4");
        assertThat(new DirectoryVolumeBackendFactory().diagnose(config))
                .filteredOn(check -> check.id().equals("volumes.file-system"))
                .extracting(HostCheck::result)
                .containsExactly(HostCheck.Result.FAILED);
    }

    @Test
    void a_setting_places_the_volumes_elsewhere() {
        Path elsewhere = place.resolve("some/where/else");
        ProviderConfig config = new ProviderConfig(
                place, "0123abcd", Map.of(DirectoryVolumeBackendFactory.SETTING, elsewhere.toString()));
        assertThat(new DirectoryVolumeBackendFactory().diagnose(config))
                .extracting(HostCheck::result)
                .doesNotContain(HostCheck.Result.FAILED);
        assertThat(place.resolve("some")).doesNotExist();

        try (VolumeBackend backend = new DirectoryVolumeBackendFactory().open(config)) {
            backend.provision(SPEC);

            assertThat(elsewhere.resolve(VOLUME.value())).isDirectory();
            assertThat(place.resolve("volumes")).doesNotExist();
        }
    }

    @Test
    void a_relative_setting_is_refused() {
        ProviderConfig config =
                new ProviderConfig(place, "0123abcd", Map.of(DirectoryVolumeBackendFactory.SETTING, "volumes"));

        assertThatThrownBy(() -> new DirectoryVolumeBackendFactory().open(config))
                .isInstanceOf(ProviderException.class)
                .hasMessageContaining("absolute");
        assertThat(new DirectoryVolumeBackendFactory().diagnose(config))
                .extracting(HostCheck::result)
                .containsExactly(HostCheck.Result.FAILED);
    }

    @Test
    void a_store_of_a_newer_version_is_refused_and_left_alone() throws Exception {
        new StoreFixture(place).close();
        replace(place.resolve("volumes/.store.json"), "\"format\":1", "\"format\":2");

        assertThatThrownBy(() -> new DirectoryVolumeBackendFactory().open(StoreFixture.config(place)))
                .isInstanceOf(ProviderException.class)
                .hasMessageContaining("newer version");
    }

    private void mountSmallDisk() throws Exception {
        sh(place, "truncate -s 16M disk && mkfs.ext4 -q -N 4000 disk && mount -o loop disk mounted");
    }

    private void fillAt(Step step, Step full) {
        if (step == full) {
            try {
                fill();
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        }
    }

    /** Leaves no block, whatever the size of what asks for one. */
    private void fill() throws Exception {
        for (String size : List.of("1M", "4k", "1k")) {
            sh(mounted, "cat /dev/zero 2> /dev/null | dd bs=" + size + " of=filler-" + size + " 2> /dev/null; sync");
        }
    }

    private static void assertFull(ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        ProviderException.class,
                        thrown -> assertThat(thrown.kind()).isEqualTo(ProviderException.Kind.STORAGE_FULL));
    }
}
