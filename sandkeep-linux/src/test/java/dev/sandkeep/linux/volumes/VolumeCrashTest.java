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
import dev.sandkeep.spi.DurablePoint;
import dev.sandkeep.spi.ProvisionOutcome;
import dev.sandkeep.spi.VerifyOutcome;
import dev.sandkeep.spi.VolumeUsage;
import dev.sandkeep.spi.contract.Patience;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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
    @TempDir
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
        assertThat(store.volumes().resolve(".trash")).isNotEmptyDirectory();

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
