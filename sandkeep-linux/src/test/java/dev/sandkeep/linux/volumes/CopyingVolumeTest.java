package dev.sandkeep.linux.volumes;

import static dev.sandkeep.linux.volumes.StoreFixture.SPEC;
import static dev.sandkeep.linux.volumes.StoreFixture.VOLUME;
import static dev.sandkeep.linux.volumes.StoreFixture.prepare;
import static dev.sandkeep.linux.volumes.StoreFixture.seen;
import static dev.sandkeep.linux.volumes.StoreFixture.sh;
import static dev.sandkeep.linux.volumes.StoreFixture.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sandkeep.linux.volumes.StoreFixture.Death;
import dev.sandkeep.spi.AttachOutcome;
import dev.sandkeep.spi.CheckpointId;
import dev.sandkeep.spi.DetachOutcome;
import dev.sandkeep.spi.DurablePoint;
import dev.sandkeep.spi.ForkOutcome;
import dev.sandkeep.spi.HostCheck;
import dev.sandkeep.spi.IdRange;
import dev.sandkeep.spi.Pause;
import dev.sandkeep.spi.ProviderException;
import dev.sandkeep.spi.ProvisionOutcome;
import dev.sandkeep.spi.RestoreOutcome;
import dev.sandkeep.spi.VerifyOutcome;
import dev.sandkeep.spi.VolumeDamage.Code;
import dev.sandkeep.spi.VolumeId;
import dev.sandkeep.spi.VolumeMount;
import dev.sandkeep.spi.VolumeSpec;
import dev.sandkeep.spi.contract.NastyTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/** Volumes on a file system that no overlay can write to: what is durable stands there, whatever becomes of the copy that is worked on. */
class CopyingVolumeTest {
    private static final VolumeId FORK = new VolumeId("vol_fork");

    @TempDir
    Path place;

    private UnfitDirectory unfit;
    private Path data;
    private StoreFixture store;

    @BeforeEach
    void openOnAnOverlay() throws Exception {
        unfit = UnfitDirectory.overlayOnDisk(place, "24M");
        Path disk = Files.createDirectory(place.resolve("disk"));
        sh(place, MemoryDisk.script("128M", "disk"));
        data = Files.createDirectory(disk.resolve("data"));
        store = new StoreFixture(data, unfit.path());
        store.backend().provision(SPEC);
    }

    @AfterEach
    void unmount() throws Exception {
        store.close();
        unfit.remove();
        sh(place, "umount disk");
    }

    // ------------------------------------------------------------------------------------------ the working copy

    @Test
    void a_lost_working_copy_is_made_again_with_every_attribute() throws Exception {
        VolumeMount first = store.attach(1).getFirst();
        prepare(first, IdRange.HOST);
        sh(
                first.upper(),
                "mkdir files; mknod files/removed c 0 0; cd files; "
                        + NastyTree.make(first.upper().resolve("nasty").toString()));
        String tree = described(first.upper());
        store.detach(1);

        loseTheWorkingCopy();

        VolumeMount second = store.attach(2).getFirst();
        Path committed = second.committed().getFirst().directory();
        assertThat(described(committed)).isEqualTo(tree);
        assertThat(sh(committed, "stat -c '%F %t %T' files/removed")).isEqualTo("character special file 0 0\n");
        write(second, "beside");
        store.detach(2);
        loseTheWorkingCopy();
        assertThat(described(store.attach(3).getFirst().committed().getLast().directory()))
                .isEqualTo(tree);
    }

    @Test
    void checkpoints_rollbacks_and_forks_survive_the_loss_of_the_working_copy() throws Exception {
        store.generation(1, "one");
        VolumeMount second = store.attach(2).getFirst();
        write(second, "two");
        store.backend().checkpoint(VOLUME, 2, new CheckpointId("chk_running"), Pause.NOTHING_RUNS);
        write(second, "late");
        DurablePoint newest = store.detach(2);
        fork("chk_running");
        store.backend().removeCheckpoint(VOLUME, new CheckpointId("chk_1"));

        loseTheWorkingCopy();

        assertThat(store.backend().verify(VOLUME, Optional.of(newest)))
                .isEqualTo(new VerifyOutcome.Intact(Optional.of(newest), OptionalInt.empty()));
        assertThat(seen(store.attach(3).getFirst())).containsExactly("late", "one", "two");
        store.detach(3);
        assertThat(store.backend().restore(VOLUME, new CheckpointId("chk_running"), new CheckpointId("chk_back")))
                .isInstanceOf(RestoreOutcome.Restored.class);
        assertThat(seen(store.attach(4).getFirst())).containsExactly("one", "two");
        store.backend().delete(VOLUME);
        loseTheWorkingCopy();
        assertThat(seen(attached(FORK, 1).mounts().getFirst())).containsExactly("one", "two");
    }

    @Test
    void what_a_holder_wrote_is_not_replaced_by_its_checkpoint() throws Exception {
        store.generation(1, "one");
        write(store.attach(2).getFirst(), "two");

        loseTheWorkingCopy();

        assertThat(store.backend().detach(VOLUME, 2, new CheckpointId("chk_2")))
                .isInstanceOfSatisfying(
                        DetachOutcome.Damaged.class,
                        damaged -> assertThat(damaged.damage().code()).isEqualTo(Code.HEAD_MISSING));
        assertThat(store.backend().verify(VOLUME, Optional.empty())).isInstanceOf(VerifyOutcome.Damaged.class);
        fork("chk_1");
        assertThat(seen(attached(FORK, 1).mounts().getFirst())).containsExactly("one");
    }

    @Test
    void a_working_copy_of_something_older_is_replaced_by_what_is_durable() throws Exception {
        store.generation(1, "one");
        store.close();
        sh(place, "cp -a disk/data older");
        store.restart();
        DurablePoint newest = store.generation(2, "two");

        store.close();
        sh(place, "rm -r disk/data && cp -a older disk/data");
        store.restart();

        assertThat(seen(attached(VOLUME, 3, newest).mounts().getFirst())).containsExactly("one", "two");
    }

    @Test
    void copies_that_went_back_in_time_are_not_taken_for_the_volume() throws Exception {
        store.generation(1, "one");
        sh(unfit.path(), "cp -a vol_test ../older; cp -a .packs ../older-packs");
        DurablePoint newest = store.generation(2, "two");
        sh(unfit.path(), "rm -r vol_test && mv ../older vol_test");

        for (Optional<DurablePoint> promised : List.of(Optional.of(newest), Optional.<DurablePoint>empty())) {
            assertThat(store.backend().attach(VOLUME, 3, promised))
                    .isInstanceOfSatisfying(
                            AttachOutcome.Damaged.class,
                            damaged -> assertThat(damaged.damage().code()).isEqualTo(Code.OLDER_THAN_DURABLE_POINT));
        }
    }

    // ------------------------------------------------------------------------------------------------ the copies

    @Test
    void a_pack_that_is_gone_cut_off_or_changed_is_damage() throws Exception {
        DurablePoint point = store.generation(1, "one");
        Path packs = unfit.path().resolve(".packs");
        sh(packs, "cp vol_test-chk_1 ../pack");

        Files.delete(packs.resolve("vol_test-chk_1"));
        assertDamaged(point, Code.CHECKPOINT_MISSING);
        sh(packs, "head -c 1000 ../pack > vol_test-chk_1");
        assertDamaged(point, Code.CHECKPOINT_CHANGED);
        sh(packs, "sed s/one/six/ ../pack > vol_test-chk_1");
        loseTheWorkingCopy();
        assertDamaged(point, Code.CHECKPOINT_CHANGED);

        sh(packs, "cp ../pack vol_test-chk_1");
        assertThat(seen(attached(VOLUME, 2, point).mounts().getFirst())).containsExactly("one");
    }

    @Test
    void copies_of_a_volume_that_are_gone_make_it_missing_and_its_name_is_not_taken() throws Exception {
        store.generation(1, "one");
        sh(unfit.path(), "rm -r vol_test");

        assertThat(store.backend().attach(VOLUME, 2, Optional.empty())).isInstanceOf(AttachOutcome.Missing.class);
        assertThat(store.backend().provision(SPEC)).isInstanceOf(ProvisionOutcome.Conflict.class);
        assertThat(store.backend().delete(VOLUME)).isFalse();
        assertThat(working().resolve("volumes/vol_test/checkpoints/chk_1/0/upper/one"))
                .exists();
    }

    @Test
    void an_unmounted_directory_is_no_empty_one() throws Exception {
        store.generation(1, "one");
        unfit.unmount();

        assertThatThrownBy(() -> store.backend().attach(VOLUME, 2, Optional.empty()))
                .isInstanceOfSatisfying(
                        ProviderException.class,
                        thrown -> assertThat(thrown.kind()).isEqualTo(ProviderException.Kind.UNAVAILABLE));
        assertThatThrownBy(() -> store.backend().list()).isInstanceOf(ProviderException.class);

        unfit.mount();
        assertThat(seen(store.attach(2).getFirst())).containsExactly("one");
    }

    @Test
    void a_full_disk_stops_a_detach_and_leaves_the_volume_held_until_there_is_room() throws Exception {
        DurablePoint first = store.generation(1, "one");
        VolumeMount second = store.attach(2).getFirst();
        write(second, "two");
        sh(second.upper(), "head -c 3000000 /dev/urandom > two-large");
        sh(unfit.path(), "head -c $(($(stat -f -c '%a * %S' .) - 1000000)) /dev/zero > filler; sync");

        assertThatThrownBy(() -> store.detach(2))
                .isInstanceOfSatisfying(
                        ProviderException.class,
                        thrown -> assertThat(thrown.kind()).isEqualTo(ProviderException.Kind.STORAGE_FULL));

        assertThat(store.backend().verify(VOLUME, Optional.of(first)))
                .isEqualTo(new VerifyOutcome.Intact(Optional.of(first), OptionalInt.of(2)));
        sh(unfit.path(), "rm filler");
        assertThat(store.detach(2).sequence()).isEqualTo(2);
        sh(place, "rm -r disk/data/volumes-working");
        store.restart();
        assertThat(store.attach(3).getFirst().committed().getFirst().directory().resolve("two-large"))
                .hasSize(3_000_000);
    }

    // --------------------------------------------------------------------------------------------------- deaths

    @ParameterizedTest
    @EnumSource(
            mode = Mode.MATCH_ANY,
            names = {"DETACH_.*", "COPY_PACKED", "COPY_PUBLISHED"})
    void a_detach_that_died_is_done_by_repeating_it(Step step) throws Exception {
        DurablePoint first = store.generation(1, "one");
        write(store.attach(2).getFirst(), "two");
        dies(step, () -> store.detach(2));

        assertThat(store.backend().verify(VOLUME, Optional.of(first))).isInstanceOf(VerifyOutcome.Intact.class);
        DurablePoint second = store.detach(2);

        assertThat(second.sequence()).isEqualTo(2);
        loseTheWorkingCopy();
        assertThat(seen(attached(VOLUME, 3, second).mounts().getFirst())).containsExactly("one", "two");
    }

    @ParameterizedTest
    @EnumSource(
            mode = Mode.MATCH_ANY,
            names = {"ATTACH_.*", "COPY_PACKED", "COPY_PUBLISHED"})
    void an_attach_that_died_is_done_by_repeating_it(Step step) throws Exception {
        store.generation(1, "one");
        dies(step, () -> store.attach(2));

        assertThat(seen(store.attach(2).getFirst())).containsExactly("one");
        assertThat(store.backend().attach(VOLUME, 1, Optional.empty())).isInstanceOf(AttachOutcome.Fenced.class);
    }

    @ParameterizedTest
    @EnumSource(
            mode = Mode.MATCH_ANY,
            names = {"FORK_.*", "COPY_PACKED", "COPY_PUBLISHED"})
    void a_fork_that_died_is_done_by_repeating_it(Step step) throws Exception {
        store.generation(1, "one");
        dies(step, () -> fork("chk_1"));

        assertThat(fork("chk_1")).isInstanceOf(ForkOutcome.Forked.class);
        store.backend().delete(VOLUME);
        loseTheWorkingCopy();
        assertThat(seen(attached(FORK, 1).mounts().getFirst())).containsExactly("one");
    }

    @ParameterizedTest
    @EnumSource(names = {"COPY_WITHDRAWN", "DELETE_RENAMED"})
    void a_deletion_that_died_is_ended_and_leaves_nothing(Step step) throws Exception {
        store.generation(1, "one");
        dies(step, () -> store.backend().delete(VOLUME));

        store.backend().delete(VOLUME);

        assertThat(store.backend().list()).isEmpty();
        assertThat(unfit.path().resolve(".packs")).isEmptyDirectory();
        assertThat(working().resolve("volumes/vol_test")).doesNotExist();
        assertThat(working().resolve("notes")).isEmptyDirectory();
    }

    @Test
    void a_removed_checkpoint_leaves_no_pack_that_nobody_needs() throws Exception {
        VolumeMount first = store.attach(1).getFirst();
        write(first, "one");
        store.backend().checkpoint(VOLUME, 1, new CheckpointId("chk_a"), Pause.NOTHING_RUNS);
        write(first, "two");
        store.backend().checkpoint(VOLUME, 1, new CheckpointId("chk_b"), Pause.NOTHING_RUNS);

        store.backend().removeCheckpoint(VOLUME, new CheckpointId("chk_a"));

        assertThat(packs()).containsExactly("vol_test-chk_b");
    }

    // --------------------------------------------------------------------------------------------------- choice

    @Test
    void the_doctor_names_the_copying_and_what_would_be_better() {
        assertThat(new DirectoryVolumeBackendFactory().diagnose(StoreFixture.config(data, unfit.path())))
                .filteredOn(check -> check.id().equals("volumes.file-system"))
                .singleElement()
                .satisfies(check -> {
                    assertThat(check.result()).isEqualTo(HostCheck.Result.WARNING);
                    assertThat(check.detail()).contains("copied", "volumes-working", "no overlay can be written to it");
                    assertThat(check.remedy()).contains("ext4");
                });
    }

    @Test
    void copies_stay_copies_where_overlays_could_write() throws Exception {
        DurablePoint point = store.generation(1, "one");
        Path moved = Files.createDirectory(place.resolve("disk/moved"));
        sh(unfit.path(), "cp -a . ../disk/moved");

        try (StoreFixture there = new StoreFixture(data, moved)) {
            assertThat(there.backend().verify(VOLUME, Optional.of(point)))
                    .isEqualTo(new VerifyOutcome.Intact(Optional.of(point), OptionalInt.empty()));
        }
        assertThat(new DirectoryVolumeBackendFactory().diagnose(StoreFixture.config(data, moved)))
                .filteredOn(check -> check.id().equals("volumes.file-system"))
                .extracting(HostCheck::result)
                .containsExactly(HostCheck.Result.WARNING);
    }

    @Test
    void volumes_that_overlays_wrote_to_are_not_taken_for_copies() throws Exception {
        Path ordinary = place.resolve("ordinary");
        new StoreFixture(data, ordinary).close();
        Path there = Files.createDirectory(unfit.path().resolve("there"));
        sh(there, "cp '" + ordinary + "/.store.json' .");

        assertThatThrownBy(() -> new StoreFixture(data, there))
                .isInstanceOf(ProviderException.class)
                .hasMessageContaining("overlays wrote");
    }

    // -------------------------------------------------------------------------------------------------- fixtures

    private interface Call {
        void run() throws IOException;
    }

    private void dies(Step step, Call call) throws IOException {
        store.dieAt(step);
        try {
            call.run();
        } catch (Death death) {
            // As it should; a step that this call does not come to leaves all done.
        }
        store.restart();
    }

    private ForkOutcome fork(String at) {
        return store.backend()
                .fork(
                        VOLUME,
                        Optional.of(new CheckpointId(at)),
                        VolumeSpec.of(FORK, "sbx_fork", SPEC.places()),
                        new CheckpointId("chk_fork"));
    }

    private AttachOutcome.Attached attached(VolumeId volume, int generation) {
        return (AttachOutcome.Attached) store.backend().attach(volume, generation, Optional.empty());
    }

    private AttachOutcome.Attached attached(VolumeId volume, int generation, DurablePoint promised) {
        return (AttachOutcome.Attached) store.backend().attach(volume, generation, Optional.of(promised));
    }

    private void assertDamaged(DurablePoint promised, Code code) {
        assertThat(store.backend().attach(VOLUME, 2, Optional.of(promised)))
                .isInstanceOfSatisfying(
                        AttachOutcome.Damaged.class,
                        damaged -> assertThat(damaged.damage().code()).isEqualTo(code));
    }

    private void loseTheWorkingCopy() throws Exception {
        store.close();
        sh(data, "rm -r volumes-working");
        store.restart();
    }

    private Path working() throws IOException {
        try (Stream<Path> all = Files.list(data.resolve("volumes-working"))) {
            return all.filter(it -> !it.getFileName().toString().startsWith("."))
                    .findFirst()
                    .orElseThrow();
        }
    }

    private List<String> packs() throws IOException {
        try (Stream<Path> all = Files.list(unfit.path().resolve(".packs"))) {
            return all.map(it -> it.getFileName().toString()).sorted().toList();
        }
    }

    private static String described(Path layer) throws Exception {
        return sh(layer, NastyTree.describe(layer.resolve("nasty").toString()));
    }
}
