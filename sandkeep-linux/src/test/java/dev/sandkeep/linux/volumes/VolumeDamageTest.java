package dev.sandkeep.linux.volumes;

import static dev.sandkeep.linux.volumes.StoreFixture.SPEC;
import static dev.sandkeep.linux.volumes.StoreFixture.VOLUME;
import static dev.sandkeep.linux.volumes.StoreFixture.replace;
import static dev.sandkeep.linux.volumes.StoreFixture.sh;
import static dev.sandkeep.linux.volumes.StoreFixture.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sandkeep.spi.AttachOutcome;
import dev.sandkeep.spi.CheckpointId;
import dev.sandkeep.spi.DetachOutcome;
import dev.sandkeep.spi.DurablePoint;
import dev.sandkeep.spi.ProviderException;
import dev.sandkeep.spi.VerifyOutcome;
import dev.sandkeep.spi.VolumeDamage.Code;
import dev.sandkeep.spi.VolumeId;
import dev.sandkeep.spi.VolumeSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every way in which a volume can be other than it was left has its code; nothing is started on it, nothing in it changed. */
class VolumeDamageTest {
    @TempDir(factory = InMemory.class)
    Path data;

    private StoreFixture store;
    private DurablePoint newest;

    @BeforeEach
    void threeCheckpoints() throws IOException {
        store = new StoreFixture(data);
        store.backend().provision(SPEC);
        store.generation(1, "one");
        store.generation(2, "two");
        newest = store.generation(3, "three");
    }

    @AfterEach
    void close() {
        store.close();
    }

    // -------------------------------------------------------------------------------------------------- marker

    @Test
    void a_marker_that_is_gone() throws IOException {
        Files.delete(store.volume().marker());
        assertDamaged(Code.MARKER_UNREADABLE, "volume.json");
    }

    @Test
    void a_marker_that_is_no_json() throws IOException {
        Files.writeString(store.volume().marker(), "\0\0\0\0");
        assertDamaged(Code.MARKER_UNREADABLE, "volume.json");
    }

    @Test
    void a_marker_of_a_newer_version() throws IOException {
        replace(store.volume().marker(), "\"format\":1", "\"format\":2");
        assertDamaged(Code.MARKER_UNREADABLE, "newer version");
    }

    @Test
    void a_state_that_is_gone() throws IOException {
        Files.delete(store.volume().state());
        assertDamaged(Code.MARKER_UNREADABLE, "state.json");
    }

    @Test
    void a_state_that_is_cut_off() throws IOException {
        Files.writeString(
                store.volume().state(), Files.readString(store.volume().state()).substring(0, 20));
        assertDamaged(Code.MARKER_UNREADABLE, "state.json");
    }

    @Test
    void the_directory_of_another_volume() throws Exception {
        VolumeId other = new VolumeId("vol_other");
        store.backend().provision(VolumeSpec.of(other, "sbx_other", SPEC.places()));
        sh(store.volumes(), "rm -r vol_test && mv vol_other vol_test");
        assertDamaged(Code.FOREIGN, "vol_other");
    }

    // ---------------------------------------------------------------------------------------------- checkpoints

    @Test
    void a_newest_checkpoint_that_is_gone() throws Exception {
        sh(store.volume().checkpoints(), "rm -r chk_3");
        assertDamaged(Code.CHECKPOINT_MISSING, "chk_3");
    }

    @Test
    void a_checkpoint_in_the_middle_that_is_gone() throws Exception {
        sh(store.volume().checkpoints(), "rm -r chk_2");
        assertDamaged(Code.CHECKPOINT_MISSING, "chk_2");
    }

    @Test
    void the_files_of_a_checkpoint_that_are_gone() throws Exception {
        sh(store.volume().checkpoints(), "rm -r chk_1/0/upper");
        assertDamaged(Code.CHECKPOINT_MISSING, "chk_1/0/upper");
    }

    @Test
    void a_manifest_that_is_gone() throws Exception {
        sh(store.volume().checkpoints(), "rm chk_2/checkpoint.json");
        assertDamaged(Code.CHECKPOINT_CHANGED, "chk_2/checkpoint.json");
    }

    @Test
    void a_manifest_that_is_empty() throws Exception {
        sh(store.volume().checkpoints(), ": > chk_3/checkpoint.json");
        assertDamaged(Code.CHECKPOINT_CHANGED, "chk_3/checkpoint.json");
    }

    @Test
    void a_checkpoint_of_another_volume() throws IOException {
        replace(manifest("chk_2"), "vol_test", "vol_elsewhere");
        assertDamaged(Code.CHECKPOINT_CHANGED, "chk_2");
    }

    @Test
    void a_checkpoint_in_another_ones_place() throws Exception {
        sh(store.volume().checkpoints(), "mv chk_1 chk_x && mv chk_2 chk_1 && mv chk_x chk_2");
        assertDamaged(Code.CHECKPOINT_CHANGED, "chk_");
    }

    @Test
    void a_sequence_that_does_not_fit() throws IOException {
        replace(manifest("chk_3"), "\"sequence\":3", "\"sequence\":7");
        assertDamaged(Code.CHECKPOINT_CHANGED, "chk_3");
    }

    @Test
    void a_chain_that_does_not_fit() throws IOException {
        replace(manifest("chk_2"), "[\"chk_2\",\"chk_1\"]", "[\"chk_2\"]");
        assertDamaged(Code.CHECKPOINT_CHANGED, "chk_2");
    }

    @Test
    void files_that_were_removed_added_cut_or_given_away() throws Exception {
        Path upper = store.volume().checkpoints().resolve("chk_2/0/upper");
        for (String change : List.of(
                "rm two", "touch more", ": > two", "chmod 600 two", "chown 12:34 two", "touch -d '2001-01-01' two")) {
            sh(upper, "cp -a . ../kept && " + change);
            assertDamaged(Code.CHECKPOINT_CHANGED, "chk_2/0/upper");
            sh(upper.resolveSibling("."), "find upper -mindepth 1 -delete; cp -a kept/. upper && rm -r kept");
        }
        assertThat(store.backend().verify(VOLUME, Optional.of(newest))).isInstanceOf(VerifyOutcome.Intact.class);
    }

    @Test
    void files_further_down_that_were_removed() throws Exception {
        var mount = store.attach(4).getFirst();
        write(mount, "four");
        sh(mount.upper(), "mkdir -p a/b/c && echo x > a/b/c/file");
        newest = store.detach(4);
        sh(store.volume().checkpoints(), "rm chk_4/0/upper/a/b/c/file && touch -d @1 chk_4/0/upper/a/b/c");
        assertDamaged(Code.CHECKPOINT_CHANGED, "chk_4/0/upper");
    }

    // ---------------------------------------------------------------------------------------------------- shared

    @Test
    void a_parent_shared_with_a_fork_that_is_gone_changed_or_another_one() throws Exception {
        VolumeId fork = new VolumeId("vol_fork");
        store.backend()
                .fork(
                        VOLUME,
                        Optional.empty(),
                        VolumeSpec.of(fork, "sbx_fork", SPEC.places()),
                        new CheckpointId("chk_fork"));
        Path shared = store.volumes().resolve(".shared");

        sh(shared, "mv vol_test-chk_2 ../../kept");
        assertDamagedWith(fork, Code.CHECKPOINT_MISSING);
        sh(shared, "cp -a ../../kept vol_test-chk_2; echo more >> vol_test-chk_2/0/upper/two");
        assertDamagedWith(fork, Code.CHECKPOINT_CHANGED);
        sh(shared, "rm -r vol_test-chk_2; ln -s vol_test-chk_1 vol_test-chk_2");
        assertDamagedWith(fork, Code.CHECKPOINT_CHANGED);

        sh(shared, "rm vol_test-chk_2; mv ../../kept vol_test-chk_2");
        assertThat(store.backend().verify(VOLUME, Optional.of(newest))).isInstanceOf(VerifyOutcome.Intact.class);
        assertThat(store.backend().verify(fork, Optional.empty())).isInstanceOf(VerifyOutcome.Intact.class);
    }

    private void assertDamagedWith(VolumeId fork, Code code) throws IOException {
        assertDamaged(code, "chk_2");
        assertThat(store.backend().attach(fork, 1, Optional.empty()))
                .isInstanceOfSatisfying(
                        AttachOutcome.Damaged.class,
                        damaged -> assertThat(damaged.damage().code()).isEqualTo(code));
    }

    // ------------------------------------------------------------------------------------------- older than promised

    @Test
    void an_old_copy_of_the_volume() throws Exception {
        sh(store.volumes(), "cp -a vol_test /tmp/$$.copy && mv /tmp/$$.copy old");
        newest = store.generation(4, "four");
        sh(store.volumes(), "rm -r vol_test && mv old vol_test");

        assertDamaged(Code.OLDER_THAN_DURABLE_POINT, "chk_4");
    }

    @Test
    void a_history_that_went_another_way() throws Exception {
        sh(store.volumes(), "cp -a vol_test /tmp/$$.copy && mv /tmp/$$.copy old");
        newest = store.generation(4, "four");
        sh(store.volumes(), "rm -r vol_test && mv old vol_test");
        write(store.attach(4).getFirst(), "other");
        store.detach(4, "chk_other");

        assertDamaged(Code.OLDER_THAN_DURABLE_POINT, "chk_4");
    }

    // ---------------------------------------------------------------------------------------------------- heads

    @Test
    void a_head_that_is_gone() throws Exception {
        write(store.attach(4).getFirst(), "four");
        sh(store.volume().heads(), "rm -r 4");
        assertDamagedWhileHeld("heads/4");
    }

    @Test
    void an_upper_that_is_gone() throws Exception {
        write(store.attach(4).getFirst(), "four");
        sh(store.volume().heads(), "rm -r 4/0/upper");
        assertDamagedWhileHeld("heads/4/0/upper");
    }

    private void assertDamagedWhileHeld(String words) throws IOException {
        List<String> before = store.inventory();
        assertThat(store.backend().verify(VOLUME, Optional.of(newest)))
                .isInstanceOfSatisfying(
                        VerifyOutcome.Damaged.class,
                        it -> assertThat(it.damage().code()).isEqualTo(Code.HEAD_MISSING));
        assertThat(store.backend().attach(VOLUME, 4, Optional.of(newest)))
                .isInstanceOfSatisfying(
                        AttachOutcome.Damaged.class,
                        it -> assertThat(it.damage().reason()).contains(words));
        assertThat(store.backend().detach(VOLUME, 4, new CheckpointId("chk_4")))
                .isInstanceOfSatisfying(
                        DetachOutcome.Damaged.class,
                        it -> assertThat(it.damage().code()).isEqualTo(Code.HEAD_MISSING));
        assertThat(store.inventory()).isEqualTo(before);
    }

    // ---------------------------------------------------------------------------------------------------- store

    @Test
    void a_store_that_is_not_mounted_says_nothing_about_its_volumes() throws Exception {
        sh(data, "mv volumes elsewhere && mkdir volumes");
        try {
            assertThatThrownBy(() -> store.backend().verify(VOLUME, Optional.empty()))
                    .isInstanceOfSatisfying(
                            ProviderException.class,
                            thrown -> assertThat(thrown.kind()).isEqualTo(ProviderException.Kind.UNAVAILABLE));
            assertThatThrownBy(() -> store.backend().delete(VOLUME)).isInstanceOf(ProviderException.class);
            assertThatThrownBy(() -> store.backend().list()).isInstanceOf(ProviderException.class);
            assertThatThrownBy(() -> store.backend().provision(SPEC)).isInstanceOf(ProviderException.class);
        } finally {
            sh(data, "rmdir volumes && mv elsewhere volumes");
        }
        assertThat(store.backend().list()).containsExactly(VOLUME);
    }

    @Test
    void a_damaged_volume_can_be_deleted() throws IOException {
        Files.delete(store.volume().marker());
        assertThat(store.backend().list()).containsExactly(VOLUME);
        assertThat(store.backend().delete(VOLUME)).isTrue();
        assertThat(store.backend().list()).isEmpty();
    }

    private Path manifest(String checkpoint) {
        return store.volume().checkpoint(checkpoint).resolve(VolumeDirectory.MANIFEST);
    }

    private void assertDamaged(Code code, String words) throws IOException {
        List<String> before = store.inventory();
        assertThat(store.backend().verify(VOLUME, Optional.of(newest)))
                .isInstanceOfSatisfying(VerifyOutcome.Damaged.class, it -> {
                    assertThat(it.damage().code()).isEqualTo(code);
                    assertThat(it.damage().reason()).contains(words);
                });
        assertThat(store.backend().attach(VOLUME, 9, Optional.of(newest)))
                .isInstanceOfSatisfying(
                        AttachOutcome.Damaged.class,
                        it -> assertThat(it.damage().code()).isEqualTo(code));
        if (code != Code.OLDER_THAN_DURABLE_POINT) {
            assertThat(store.backend().detach(VOLUME, 9, new CheckpointId("chk_9")))
                    .isInstanceOfSatisfying(
                            DetachOutcome.Damaged.class,
                            it -> assertThat(it.damage().code()).isEqualTo(code));
        }
        assertThat(store.inventory()).isEqualTo(before);
    }
}
