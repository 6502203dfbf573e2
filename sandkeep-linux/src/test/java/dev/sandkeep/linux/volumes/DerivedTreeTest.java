package dev.sandkeep.linux.volumes;

import static dev.sandkeep.linux.volumes.PersistedTreeTest.randomWork;
import static dev.sandkeep.linux.volumes.PersistedTreeTest.withoutLinkCounts;
import static dev.sandkeep.linux.volumes.StoreFixture.SPEC;
import static dev.sandkeep.linux.volumes.StoreFixture.VOLUME;
import static dev.sandkeep.linux.volumes.StoreFixture.prepare;
import static dev.sandkeep.linux.volumes.StoreFixture.sh;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandkeep.linux.kernel.Directory;
import dev.sandkeep.spi.AttachOutcome;
import dev.sandkeep.spi.CheckpointId;
import dev.sandkeep.spi.CheckpointOutcome;
import dev.sandkeep.spi.ExportKey;
import dev.sandkeep.spi.ExportOutcome;
import dev.sandkeep.spi.ForkOutcome;
import dev.sandkeep.spi.IdRange;
import dev.sandkeep.spi.ImportOutcome;
import dev.sandkeep.spi.Pause;
import dev.sandkeep.spi.VolumeId;
import dev.sandkeep.spi.VolumeMount;
import dev.sandkeep.spi.VolumeMount.Committed;
import dev.sandkeep.spi.VolumeSpec;
import dev.sandkeep.spi.contract.NastyTree;
import dev.sandkeep.spi.contract.Patience;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is made of a volume (checkpoints while it is written to, forks, exports) shows the same tree, seen through real overlays. */
class DerivedTreeTest {
    @TempDir(factory = InMemory.class)
    Path place;

    private StoreFixture store;
    private Path image;
    private Path view;
    private Path other;

    @BeforeEach
    void makeImage() throws Exception {
        store = new StoreFixture(place);
        store.backend().provision(SPEC);
        image = Files.createDirectory(place.resolve("image"));
        view = Files.createDirectory(place.resolve("view"));
        other = Files.createDirectory(place.resolve("other"));
        sh(image, """
                for d in kept emptied replaced moved tofile; do mkdir -p $d/inner; echo image > $d/file; echo image > $d/inner/file; done
                echo image > file; echo image > todir; echo image > linked; ln linked linked-too""");
    }

    @AfterEach
    void unmount() throws Exception {
        for (Path mounted : List.of(view, other)) {
            sh(place, "while umount '" + mounted + "' 2> /dev/null; do :; done");
        }
        store.close();
    }

    @Test
    void every_checkpoint_of_a_tree_that_is_being_worked_on_is_the_tree_at_that_moment() throws Exception {
        Random dice = new Random(20_261_122);
        mount(VOLUME, 1, view);
        sh(view, NastyTree.make(view.resolve("nasty").toString()));
        for (int round = 1; round <= 8; round++) {
            sh(view, randomWork(dice, round));
            String now = described(view);

            checkpointed("chk_r" + round);

            assertThat(withoutLinkCounts(fork("chk_r" + round, round)))
                    .as("round %d", round)
                    .isEqualTo(withoutLinkCounts(now));
            assertThat(described(view)).isEqualTo(now);
        }
    }

    @Test
    void files_that_did_not_change_are_stored_once_for_many_checkpoints() throws Exception {
        mount(VOLUME, 1, view);
        sh(view, "head -c 8000000 /dev/urandom > big; touch -d @1000 big");
        awaitQuiet(view.resolve("big"));
        checkpointed("chk_1");
        long one = store.backend().usage(VOLUME, 0).orElseThrow().bytes();
        for (int round = 2; round <= 5; round++) {
            sh(view, "echo " + round + " > small");
            checkpointed("chk_" + round);
        }

        long five = store.backend().usage(VOLUME, 0).orElseThrow().bytes();

        assertThat(five - one).isLessThan(4_000_000);
        assertThat(fork("chk_5", 1)).contains("./big");
    }

    @Test
    void an_export_of_many_layers_imports_as_the_same_tree() throws Exception {
        Random dice = new Random(7);
        for (int generation = 1; generation <= 4; generation++) {
            mount(VOLUME, generation, view);
            if (generation == 1) {
                sh(view, NastyTree.make(view.resolve("nasty").toString()));
                sh(
                        view,
                        "mkdir ranges; truncate -s 1M ranges/all-hole; printf x > ranges/tail; truncate -s 9M ranges/tail");
            }
            sh(view, randomWork(dice, generation));
            if (generation < 4) {
                sh(place, "umount '" + view + "'");
                store.detach(generation);
            }
        }
        checkpointed("chk_now");
        String now = described(view);

        for (Optional<ExportKey> key :
                List.of(Optional.<ExportKey>empty(), Optional.of(new ExportKey("k1", new byte[32])))) {
            Path stream = exported("chk_now", key);
            VolumeId made = new VolumeId("vol_imported_" + (key.isPresent() ? "sealed" : "clear"));
            try (InputStream in = new BufferedInputStream(Files.newInputStream(stream))) {
                assertThat(store.backend()
                                .importVolume(
                                        VolumeSpec.of(made, "sbx_imported", SPEC.places()),
                                        new CheckpointId("chk_imported"),
                                        id -> key.filter(it -> it.id().equals(id)),
                                        in))
                        .isInstanceOfSatisfying(
                                ImportOutcome.Imported.class,
                                imported -> assertThat(imported.labels()).isEqualTo(Map.of("from", "a test")));
            }
            mount(made, 1, other);
            assertThat(withoutLinkCounts(described(other))).isEqualTo(withoutLinkCounts(now));
            assertThat(sh(other, "stat -c '%b' ranges/all-hole")).isEqualTo("0\n");
            sh(place, "umount '" + other + "'");
        }
    }

    @Test
    void gnu_tar_reads_an_export_that_is_not_sealed() throws Exception {
        mount(VOLUME, 1, view);
        sh(view, "mkdir d; echo hello > d/file; truncate -s 4M d/sparse; echo end >> d/sparse; ln d/file d/second");
        checkpointed("chk_1");
        Path stream = exported("chk_1", Optional.empty());
        Path unpacked = Files.createDirectory(place.resolve("unpacked"));

        sh(unpacked, "tar -xf '" + stream + "' --warning=no-unknown-keyword");

        assertThat(sh(
                        unpacked,
                        "cat layers/0/0/d/second; tail -c 4 layers/0/0/d/sparse; stat -c '%h %s' layers/0/0/d/file"))
                .isEqualTo("hello\nend\n2 6\n");
    }

    // ---------------------------------------------------------------------------------------------------- fixture

    private void checkpointed(String name) {
        assertThat(store.backend().checkpoint(VOLUME, holder(), new CheckpointId(name), Pause.NOTHING_RUNS))
                .isInstanceOfSatisfying(
                        CheckpointOutcome.Checkpointed.class,
                        made -> assertThat(made.checkpoint().id().value()).isEqualTo(name));
    }

    private int holder() {
        for (int generation = 1; ; generation++) {
            if (store.backend().attach(VOLUME, generation, Optional.empty()) instanceof AttachOutcome.Attached) {
                return generation;
            }
        }
    }

    /** Waits until the clock of files has gone on so far that a further change of {@code file} would be noticed. */
    private void awaitQuiet(Path file) {
        await().atMost(Patience.seconds(30)).until(() -> {
            Path probe = Files.createTempFile(place, "probe", "");
            long now = changed(probe);
            Files.delete(probe);
            return now - changed(file) > 2_600_000_000L;
        });
    }

    private static long changed(Path file) {
        return Directory.status(file).orElseThrow().changedNanos();
    }

    private Path exported(String at, Optional<ExportKey> key) throws Exception {
        Path stream = place.resolve("export-" + key.isPresent());
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(stream))) {
            ExportOutcome outcome = store.backend()
                    .export(VOLUME, Optional.of(new CheckpointId(at)), key, Map.of("from", "a test"), out);
            assertThat(outcome)
                    .isInstanceOfSatisfying(
                            ExportOutcome.Exported.class,
                            it -> assertThat(it.bytes()).isPositive());
        }
        return stream;
    }

    private String fork(String at, int number) throws Exception {
        VolumeId fork = new VolumeId("vol_fork_" + number);
        assertThat(store.backend()
                        .fork(
                                VOLUME,
                                Optional.of(new CheckpointId(at)),
                                VolumeSpec.of(fork, "sbx_fork", SPEC.places()),
                                new CheckpointId("chk_fork_" + number)))
                .isInstanceOf(ForkOutcome.Forked.class);
        mount(fork, 1, other);
        String described = described(other);
        sh(place, "umount '" + other + "'");
        store.backend().delete(fork);
        return described;
    }

    /** Without what the store notes for itself, which only root of the host sees. */
    private static String described(Path tree) throws Exception {
        // One name of the tree has a line break in it.
        return sh(tree, NastyTree.describe(tree.toString()))
                .replaceAll("(?m)^(\\./[^\n]*/line\n)?[^\n]* trusted\\.[^\n]*\n", "");
    }

    private void mount(VolumeId volume, int generation, Path at) throws Exception {
        AttachOutcome outcome = store.backend().attach(volume, generation, Optional.empty());
        assertThat(outcome).isInstanceOf(AttachOutcome.Attached.class);
        VolumeMount mount = ((AttachOutcome.Attached) outcome).mounts().getFirst();
        Path below = mount.committed().isEmpty()
                ? image
                : mount.committed().getFirst().directory();
        prepare(mount, IdRange.HOST);
        sh(
                below,
                "chown --reference=. '%1$s' && chmod --reference=. '%1$s' && touch --reference=. '%1$s'"
                        .formatted(mount.upper()));
        StringBuilder lower = new StringBuilder();
        for (Committed layer : mount.committed()) {
            lower.append(place.relativize(layer.directory())).append(':');
        }
        lower.append(place.relativize(image));
        sh(
                place,
                "mount -t overlay -o index=off,redirect_dir=off,metacopy=off,lowerdir=%s,upperdir=%s,workdir=%s overlay '%s'"
                        .formatted(lower, place.relativize(mount.upper()), place.relativize(mount.work()), at));
    }
}
