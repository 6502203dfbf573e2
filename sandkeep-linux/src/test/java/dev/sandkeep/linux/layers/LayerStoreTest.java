package dev.sandkeep.linux.layers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sandkeep.linux.kernel.Directory;
import dev.sandkeep.spi.IdRange;
import dev.sandkeep.spi.ImageId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LayerStoreTest {
    private static final ImageId BASE = new ImageId("base");
    private static final ImageId TOP = new ImageId("snp_top");
    private static final IdRange RANGE = new IdRange(0x7000_0000L + IdRange.SIZE);

    @TempDir
    Path data = Path.of("unset");

    private LayerStore store() {
        return new LayerStore(data);
    }

    @BeforeEach
    void open() throws IOException {
        Path prepared = store().prepare();
        Files.writeString(LayerStore.files(prepared).resolve("below"), "below");
        store().commitBase(BASE, prepared, "sha256:1");
    }

    private Path upper() throws IOException {
        Path upper = Files.createDirectories(data.resolve("upper"));
        Files.writeString(upper.resolve("above"), "above");
        return upper;
    }

    @Test
    void a_commit_renames_the_files_and_keeps_what_they_stand_on() throws IOException {
        Path upper = upper();
        long inode;
        try (Directory directory = Directory.open(upper)) {
            inode = directory.status().inode();
        }

        Layer layer = store().commit(TOP, Optional.of(BASE), RANGE, upper);

        assertThat(upper).doesNotExist();
        try (Directory directory = Directory.open(layer.diff())) {
            assertThat(directory.status().inode()).isEqualTo(inode);
        }
        assertThat(store().chain(TOP)).extracting(Layer::id).containsExactly(TOP, BASE);
        assertThat(store().chain(TOP)).extracting(Layer::owner).containsExactly(RANGE, IdRange.HOST);
    }

    @Test
    void a_commit_is_repeated_without_effect() throws IOException {
        Layer first = store().commit(TOP, Optional.of(BASE), RANGE, upper());

        assertThat(store().commit(TOP, Optional.of(BASE), RANGE, upper())).isEqualTo(first);
        assertThat(data.resolve("upper")).exists();
    }

    @Test
    void a_commit_that_died_between_its_renames_is_finished_by_repeating_it() throws IOException {
        Layer layer = store().commit(TOP, Optional.of(BASE), RANGE, upper());
        Files.move(data.resolve("layers/snp_top"), data.resolve("tmp/commit-snp_top"));
        assertThat(store().find(TOP)).isEmpty();

        assertThat(store().commit(TOP, Optional.of(BASE), RANGE, data.resolve("upper")))
                .isEqualTo(layer);
        assertThat(layer.diff().resolve("above")).hasContent("above");
    }

    @Test
    void a_layer_that_is_missing_under_another_is_an_error_and_not_a_shorter_chain() throws IOException {
        store().commit(TOP, Optional.of(BASE), RANGE, upper());
        store().remove(BASE);

        assertThatThrownBy(() -> store().chain(TOP))
                .hasMessageContaining("base")
                .hasMessageContaining("missing");
        assertThat(store().chain(BASE)).isEqualTo(List.of());
    }

    @Test
    void a_layer_is_not_removed_under_another() throws IOException {
        store().commit(TOP, Optional.of(BASE), RANGE, upper());

        assertThat(store().removeUnlessParent(BASE)).contains(TOP);
        assertThat(store().removeUnlessParent(TOP)).isEmpty();
        assertThat(store().removeUnlessParent(BASE)).isEmpty();

        assertThat(store().list()).isEmpty();
    }

    @Test
    void a_layer_is_not_added_on_one_that_was_removed_meanwhile() throws IOException {
        Path upper = upper();
        store().remove(BASE);

        assertThatThrownBy(() -> store().commit(TOP, Optional.of(BASE), RANGE, upper))
                .hasMessageContaining("was removed while it was made");
        assertThat(store().list()).isEmpty();
    }

    @Test
    void what_a_dead_server_was_removing_is_removed_at_the_next_start() throws IOException {
        Path retired = store().retire(Files.createDirectory(data.resolve("old")));
        Files.writeString(retired.resolve("file"), "x");

        store().sweepUnfinished();

        assertThat(retired).doesNotExist();
    }

    @Test
    void what_a_dead_server_was_preparing_is_removed_and_what_this_one_prepares_is_not() throws IOException {
        Path ours = store().prepare();
        Path theirs = Files.createDirectories(data.resolve("tmp/layer-1-1-gone/diff"));

        store().sweepUnfinished();

        assertThat(ours).exists();
        assertThat(theirs).doesNotExist();
    }

    @Test
    void a_merged_layer_stands_further_down_and_keeps_its_former_files_until_they_are_dropped() throws IOException {
        Instant before = Instant.now();
        Layer middle = store().commit(new ImageId("middle"), Optional.of(BASE), RANGE, upper());
        Layer top = store().commit(TOP, Optional.of(middle.id()), RANGE, upper());
        Path prepared = store().prepare();
        Files.writeString(LayerStore.files(prepared).resolve("merged"), "merged");

        assertThat(store().replaceMerged(TOP, Optional.of(BASE), prepared)).isTrue();

        Layer merged = store().find(TOP).orElseThrow();
        assertThat(merged.parent()).contains(BASE);
        assertThat(merged.owner()).isEqualTo(IdRange.HOST);
        assertThat(merged.createdAt()).isEqualTo(top.createdAt());
        assertThat(merged.diff().resolve("merged")).hasContent("merged");
        Path base = data.resolve("layers/base/diff");
        assertThat(store().mayBeMounted(TOP, before))
                .containsExactlyInAnyOrder(merged.diff(), base, top.diff(), middle.diff());
        assertThat(store().mayBeMounted(TOP, Instant.now().plus(Duration.ofHours(1))))
                .containsExactlyInAnyOrder(merged.diff(), base);
        assertThat(store().replaceMerged(TOP, Optional.of(BASE), store().prepare()))
                .isFalse();
        assertThat(top.diff()).exists();
        store().dropFormer(merged);
        assertThat(top.diff()).doesNotExist();
        store().remove(middle.id());
        assertThat(store().chain(TOP)).extracting(Layer::id).containsExactly(TOP, BASE);
    }

    @Test
    void a_layer_that_was_removed_while_it_was_merged_stays_removed() throws IOException {
        store().commit(TOP, Optional.of(BASE), RANGE, upper());
        Path prepared = store().prepare();
        store().remove(TOP);

        assertThat(store().replaceMerged(TOP, Optional.of(BASE), prepared)).isFalse();
        assertThat(data.resolve("layers/snp_top")).doesNotExist();
    }
}
