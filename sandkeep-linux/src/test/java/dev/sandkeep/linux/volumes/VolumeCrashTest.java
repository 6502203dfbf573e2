package dev.sandkeep.linux.volumes;

import static dev.sandkeep.linux.volumes.StoreFixture.SPEC;
import static dev.sandkeep.linux.volumes.StoreFixture.VOLUME;
import static dev.sandkeep.linux.volumes.StoreFixture.seen;
import static dev.sandkeep.linux.volumes.StoreFixture.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.sandkeep.linux.volumes.StoreFixture.Death;
import dev.sandkeep.spi.AttachOutcome;
import dev.sandkeep.spi.CheckpointId;
import dev.sandkeep.spi.CheckpointOutcome;
import dev.sandkeep.spi.CheckpointsOutcome;
import dev.sandkeep.spi.DurablePoint;
import dev.sandkeep.spi.ExportKeys;
import dev.sandkeep.spi.ForkOutcome;
import dev.sandkeep.spi.ImportOutcome;
import dev.sandkeep.spi.Pause;
import dev.sandkeep.spi.ProvisionOutcome;
import dev.sandkeep.spi.RemoveCheckpointOutcome;
import dev.sandkeep.spi.RestoreOutcome;
import dev.sandkeep.spi.VerifyOutcome;
import dev.sandkeep.spi.VolumeId;
import dev.sandkeep.spi.VolumeMount;
import dev.sandkeep.spi.VolumeSpec;
import dev.sandkeep.spi.VolumeUsage;
import dev.sandkeep.spi.contract.Patience;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.assertj.core.api.ListAssert;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/** The rows of the table in the package's comment: a process dies after each step, and the next one goes on. */
class VolumeCrashTest {
    private static final VolumeId FORK = new VolumeId("vol_fork");

    @TempDir(factory = InMemory.class)
    Path data;

    private StoreFixture store;
    private DurablePoint first;

    @BeforeEach
    void oneCheckpointAndAHolder() throws IOException {
        store = new StoreFixture(data);
        store.backend().provision(SPEC);
        first = store.generation(1, "one");
    }

    @AfterEach
    void nothingIsLeftWhenTheVolumeIsGone() throws IOException {
        store.restart();
        store.backend().delete(VOLUME);
        await().atMost(Patience.seconds(30))
                .untilAsserted(
                        () -> assertThat(store.volumes().resolve(".trash")).isEmptyDirectory());
        store.close();
    }

    // ------------------------------------------------------------------------------------------------- detach

    @ParameterizedTest
    @EnumSource(mode = Mode.MATCH_ALL, names = "DETACH_.*")
    void a_detach_that_died_is_finished_by_repeating_it(Step step) throws IOException {
        dieDetachingTheSecond(step);

        DurablePoint second = store.detach(2, "chk_2");

        assertThat(second.checkpoint()).isEqualTo(new CheckpointId("chk_2"));
        assertThat(second.sequence()).isEqualTo(2);
        assertThat(store.detach(2, "chk_2")).isEqualTo(second);
        assertSeenByTheThird(List.of("one", "two"), second);
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.MATCH_ALL, names = "DETACH_.*")
    void a_detach_that_died_may_be_repeated_under_another_name(Step step) throws IOException {
        dieDetachingTheSecond(step);

        DurablePoint second = store.detach(2, "chk_other");

        assertThat(second.sequence()).isEqualTo(2);
        assertThat(store.backend().usage(VOLUME, 0))
                .map(VolumeUsage::checkpoints)
                .contains(2);
        assertSeenByTheThird(List.of("one", "two"), second);
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.MATCH_ALL, names = "DETACH_.*")
    void after_a_detach_that_died_the_generation_may_go_on_instead(Step step) throws IOException {
        dieDetachingTheSecond(step);

        var mount = store.attach(2).getFirst();
        assertThat(mount.work()).isEmptyDirectory();
        assertThat(seen(mount)).containsExactly("one", "two");
        write(mount, "more");

        assertSeenByTheThird(List.of("more", "one", "two"), store.detach(2, "chk_later"));
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.MATCH_ALL, names = "DETACH_.*")
    void after_a_detach_that_died_the_next_generation_gets_all_or_is_told_who_holds_it(Step step) throws IOException {
        dieDetachingTheSecond(step);

        AttachOutcome third = store.backend().attach(VOLUME, 3, Optional.of(first));

        if (third instanceof AttachOutcome.HeldBy held) {
            assertThat(held.generation()).isEqualTo(2);
            store.detach(2);
            third = store.backend().attach(VOLUME, 3, Optional.of(first));
        }
        assertThat(third).isInstanceOfSatisfying(AttachOutcome.Attached.class, attached -> {
            assertThat(attached.base().map(DurablePoint::sequence)).contains(2L);
            assertThatSeen(attached).containsExactly("one", "two");
        });
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.MATCH_ALL, names = "DETACH_.*")
    void after_a_detach_that_died_the_volume_is_intact(Step step) throws IOException {
        dieDetachingTheSecond(step);
        List<String> before = store.inventory();

        VerifyOutcome outcome = store.backend().verify(VOLUME, Optional.of(first));

        assertThat(outcome).isInstanceOfSatisfying(VerifyOutcome.Intact.class, intact -> {
            boolean committed = step == Step.DETACH_RENAMED || step == Step.DETACH_STATE_WRITTEN;
            assertThat(intact.heldBy()).isEqualTo(committed ? OptionalInt.empty() : OptionalInt.of(2));
            assertThat(intact.point().map(DurablePoint::sequence)).contains(committed ? 2L : 1L);
        });
        assertThat(store.inventory()).isEqualTo(before);
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.MATCH_ALL, names = "DETACH_.*")
    void a_merge_that_died_leaves_the_chain_as_it_was(Step step) throws IOException {
        for (int generation = 2; generation <= Detachment.LONGEST_CHAIN; generation++) {
            store.generation(generation, "file-" + generation);
        }
        int merging = Detachment.LONGEST_CHAIN + 1;
        assertThat(store.attach(merging).getFirst().committed()).hasSize(Detachment.LONGEST_CHAIN);
        write(store.attach(merging).getFirst(), "last");
        List<String> all = seen(store.attach(merging).getFirst());
        dieDetaching(merging, step);

        assertThat(seen(store.attach(merging).getFirst())).isEqualTo(all);
        DurablePoint merged = store.detach(merging, "chk_again");
        var next = store.attach(merging + 1).getFirst();

        assertThat(seen(next)).isEqualTo(all);
        assertThat(next.committed()).hasSize(2);
        assertThat(store.backend().verify(VOLUME, Optional.of(first)))
                .isEqualTo(new VerifyOutcome.Intact(Optional.of(merged), OptionalInt.of(merging + 1)));
        assertThat(uppersBesideWhole()).isEmpty();
    }

    @Test
    void a_detach_of_nothing_written_that_died_after_its_commit_leaves_no_head() throws IOException {
        store.attach(2);
        dieDetaching(2, Step.DETACH_STATE_WRITTEN);

        assertThat(store.detach(2)).isEqualTo(first);
        assertThat(seen(store.attach(3).getFirst())).containsExactly("one");
        assertThat(store.volume().heads()).isDirectoryNotContaining(path -> path.endsWith("2"));
    }

    // ------------------------------------------------------------------------- checkpoint, restore, remove, fork,
    // import

    @ParameterizedTest
    @EnumSource(mode = Mode.MATCH_ALL, names = "CHECKPOINT_.*")
    void a_checkpoint_that_died_can_be_repeated_and_the_holder_goes_on(Step step) throws IOException {
        VolumeMount mount = dieCheckpointingTheSecond(step);
        write(mount, "later");

        CheckpointOutcome again = checkpoint("chk_r");

        assertThat(again)
                .isInstanceOfSatisfying(
                        CheckpointOutcome.Checkpointed.class,
                        made -> assertThat(made.checkpoint().sequence()).isEqualTo(2));
        assertThat(kept()).containsExactly("chk_r", "chk_1");
        assertSeenByTheThird(List.of("later", "one", "two"), store.detach(2, "chk_end"));
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.MATCH_ALL, names = "CHECKPOINT_.*")
    void after_a_checkpoint_that_died_the_holder_can_be_detached(Step step) throws IOException {
        dieCheckpointingTheSecond(step);

        DurablePoint end = store.detach(2, "chk_end");

        assertThat(end.sequence()).isEqualTo(step == Step.CHECKPOINT_STATE_WRITTEN ? 3 : 2);
        assertThat(kept()).hasSize((int) end.sequence());
        assertSeenByTheThird(List.of("one", "two"), end);
        assertThat(store.volume().making()).doesNotExist();
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.MATCH_ALL, names = "RESTORE_.*")
    void a_restore_that_died_is_finished_by_repeating_it(Step step) throws IOException {
        store.generation(2, "two");
        store.dieAt(step);
        assertThatThrownBy(() -> restore("chk_1", "chk_back")).isInstanceOf(Death.class);
        store.restart();
        assertThat(store.backend().verify(VOLUME, Optional.of(first))).isInstanceOf(VerifyOutcome.Intact.class);

        RestoreOutcome again = restore("chk_1", "chk_back");

        assertThat(again).isInstanceOfSatisfying(RestoreOutcome.Restored.class, restored -> {
            assertThat(restored.checkpoint().sequence()).isEqualTo(3);
            assertThat(restored.repeated()).isEqualTo(step == Step.RESTORE_STATE_WRITTEN);
        });
        assertThat(kept()).containsExactly("chk_back", "chk_2", "chk_1");
        assertThat(seen(store.attach(3).getFirst())).containsExactly("one");
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.MATCH_ALL, names = "RESTORE_.*")
    void after_a_restore_that_died_the_volume_can_be_attached(Step step) throws IOException {
        store.generation(2, "two");
        store.dieAt(step);
        assertThatThrownBy(() -> restore("chk_1", "chk_back")).isInstanceOf(Death.class);
        store.restart();

        List<String> files = seen(store.attach(3).getFirst());

        assertThat(files).isEqualTo(step == Step.RESTORE_STATE_WRITTEN ? List.of("one") : List.of("one", "two"));
        assertThat(kept()).hasSize(step == Step.RESTORE_STATE_WRITTEN ? 3 : 2);
        write(store.attach(3).getFirst(), "three");
        assertThat(store.detach(3).sequence()).isEqualTo(step == Step.RESTORE_STATE_WRITTEN ? 4 : 3);
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.MATCH_ALL, names = "REMOVE_.*")
    void a_removal_that_died_is_finished_by_the_next_one(Step step) throws IOException {
        store.generation(2, "two");
        restore("chk_1", "chk_back");
        store.dieAt(step);
        assertThatThrownBy(() -> store.backend().removeCheckpoint(VOLUME, new CheckpointId("chk_2")))
                .isInstanceOf(Death.class);
        store.restart();
        assertThat(kept()).containsExactly("chk_back", "chk_1");

        assertThat(store.backend().removeCheckpoint(VOLUME, new CheckpointId("chk_2")))
                .isEqualTo(new RemoveCheckpointOutcome.Absent());

        assertThat(store.volume().checkpoint("chk_2")).doesNotExist();
        assertThat(seen(store.attach(3).getFirst())).containsExactly("one");
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.MATCH_ALL, names = "FORK_.*")
    void a_fork_that_died_is_finished_by_repeating_it_and_harms_nothing(Step step) throws IOException {
        store.dieAt(step);
        assertThatThrownBy(this::fork).isInstanceOf(Death.class);
        store.restart();
        assertThat(store.backend().verify(VOLUME, Optional.of(first))).isInstanceOf(VerifyOutcome.Intact.class);

        assertThat(fork())
                .isInstanceOfSatisfying(
                        ForkOutcome.Forked.class,
                        forked -> assertThat(forked.repeated()).isEqualTo(step == Step.FORK_RENAMED));
        store.backend().delete(VOLUME);

        AttachOutcome attached = store.backend().attach(FORK, 1, Optional.empty());
        assertThat(attached)
                .isInstanceOfSatisfying(
                        AttachOutcome.Attached.class, it -> assertThatSeen(it).containsExactly("one"));
        store.backend().delete(FORK);
        assertThat(store.volumes().resolve(".shared")).isEmptyDirectory();
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.MATCH_ALL, names = "FORK_.*")
    void what_a_fork_that_died_referred_to_goes_when_it_is_old(Step step) throws Exception {
        store.dieAt(step);
        assertThatThrownBy(this::fork).isInstanceOf(Death.class);
        store.restart();
        store.backend().delete(FORK);
        StoreFixture.sh(store.volumes(), "find .shared -name 'vol_fork' -exec touch -d '3 hours ago' {} +");
        store.restart();
        await().atMost(Patience.seconds(30))
                .untilAsserted(() -> assertThat(StoreFixture.sh(store.volumes(), "find .shared -name vol_fork"))
                        .isEmpty());

        store.backend().delete(VOLUME);

        StoreFixture.sh(store.volumes(), "find .shared -exec touch -h -d '3 hours ago' {} +");
        store.restart();
        await().atMost(Patience.seconds(30))
                .untilAsserted(
                        () -> assertThat(store.volumes().resolve(".shared")).isEmptyDirectory());
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.MATCH_ALL, names = "IMPORT_.*")
    void an_import_that_died_is_finished_by_repeating_it(Step step) {
        ByteArrayOutputStream stream = new ByteArrayOutputStream();
        store.backend().export(VOLUME, Optional.empty(), Optional.empty(), Map.of(), stream);
        store.dieAt(step);
        assertThatThrownBy(() -> importFork(stream)).isInstanceOf(Death.class);
        store.restart();

        assertThat(importFork(stream))
                .isInstanceOfSatisfying(
                        ImportOutcome.Imported.class,
                        made -> assertThat(made.repeated()).isEqualTo(step == Step.IMPORT_RENAMED));
        store.backend().delete(FORK);
    }

    private VolumeMount dieCheckpointingTheSecond(Step step) throws IOException {
        VolumeMount mount = store.attach(2).getFirst();
        write(mount, "two");
        store.dieAt(step);
        assertThatThrownBy(() -> checkpoint("chk_r")).isInstanceOf(Death.class);
        store.restart();
        return mount;
    }

    private CheckpointOutcome checkpoint(String name) {
        return store.backend().checkpoint(VOLUME, 2, new CheckpointId(name), Pause.NOTHING_RUNS);
    }

    private RestoreOutcome restore(String to, String name) {
        return store.backend().restore(VOLUME, new CheckpointId(to), new CheckpointId(name));
    }

    private ForkOutcome fork() {
        return store.backend()
                .fork(
                        VOLUME,
                        Optional.empty(),
                        VolumeSpec.of(FORK, "sbx_fork", SPEC.places()),
                        new CheckpointId("chk_fork"));
    }

    private ImportOutcome importFork(ByteArrayOutputStream stream) {
        return store.backend()
                .importVolume(
                        VolumeSpec.of(FORK, "sbx_fork", SPEC.places()),
                        new CheckpointId("chk_import"),
                        ExportKeys.NONE,
                        new ByteArrayInputStream(stream.toByteArray()));
    }

    private List<String> kept() {
        CheckpointsOutcome outcome = store.backend().checkpoints(VOLUME);
        assertThat(outcome).isInstanceOf(CheckpointsOutcome.Listed.class);
        return ((CheckpointsOutcome.Listed) outcome)
                .checkpoints().stream().map(it -> it.id().value()).toList();
    }

    // ------------------------------------------------------------------------------- attach, provision, delete

    @ParameterizedTest
    @EnumSource(mode = Mode.MATCH_ALL, names = "ATTACH_.*")
    void an_attach_that_died_is_finished_by_repeating_it(Step step) throws IOException {
        dieAttachingTheSecond(step);

        assertThat(seen(store.attach(2).getFirst())).containsExactly("one");
        write(store.attach(2).getFirst(), "two");

        assertSeenByTheThird(List.of("one", "two"), store.detach(2));
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.MATCH_ALL, names = "ATTACH_.*")
    void after_an_attach_that_died_its_generation_can_be_detached(Step step) throws IOException {
        dieAttachingTheSecond(step);

        assertThat(store.detach(2)).isEqualTo(first);

        assertSeenByTheThird(List.of("one"), first);
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.MATCH_ALL, names = "PROVISION_.*")
    void a_provision_that_died_is_finished_by_repeating_it(Step step) {
        store.backend().delete(VOLUME);
        store.dieAt(step);
        assertThatThrownBy(() -> store.backend().provision(SPEC)).isInstanceOf(Death.class);
        store.restart();

        boolean made = step == Step.PROVISION_RENAMED;
        assertThat(store.backend().list()).hasSize(made ? 1 : 0);
        assertThat(store.backend().provision(SPEC)).isEqualTo(new ProvisionOutcome.Provisioned(made));

        assertThat(store.attach(1)).hasSize(2);
    }

    @Test
    void a_delete_that_died_is_finished_when_the_store_is_opened() {
        store.dieAt(Step.DELETE_RENAMED);
        assertThatThrownBy(() -> store.backend().delete(VOLUME)).isInstanceOf(Death.class);

        store.restart();

        assertThat(store.backend().list()).isEmpty();
        await().atMost(Patience.seconds(30))
                .untilAsserted(
                        () -> assertThat(store.volumes().resolve(".trash")).isEmptyDirectory());
    }

    // ------------------------------------------------------------------------------------------------ fixture

    private void dieDetachingTheSecond(Step step) throws IOException {
        write(store.attach(2).getFirst(), "two");
        dieDetaching(2, step);
    }

    private void dieDetaching(int generation, Step step) {
        store.dieAt(step);
        assertThatThrownBy(() -> store.detach(generation, "chk_" + generation)).isInstanceOf(Death.class);
        store.restart();
    }

    private void dieAttachingTheSecond(Step step) {
        store.dieAt(step);
        assertThatThrownBy(() -> store.attach(2)).isInstanceOf(Death.class);
        store.restart();
    }

    private void assertSeenByTheThird(List<String> files, DurablePoint promised) throws IOException {
        assertThat(store.backend().attach(VOLUME, 3, Optional.of(promised)))
                .isInstanceOfSatisfying(AttachOutcome.Attached.class, attached -> {
                    assertThat(attached.base()).contains(promised);
                    assertThatSeen(attached).isEqualTo(files);
                });
        try (Stream<Path> heads = Files.list(store.volume().heads())) {
            assertThat(heads.map(path -> path.getFileName().toString())).containsExactly("3");
        }
    }

    private static ListAssert<String> assertThatSeen(AttachOutcome.Attached attached) {
        try {
            return assertThat(seen(attached.mounts().getFirst()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private List<Path> uppersBesideWhole() throws IOException {
        try (Stream<Path> all = Files.walk(store.volume().checkpoints())) {
            return all.filter(path -> path.endsWith("whole"))
                    .map(path -> path.resolveSibling("upper"))
                    .filter(Files::exists)
                    .toList();
        }
    }
}
