package dev.sandkeep.linux.volumes;

import static dev.sandkeep.linux.volumes.StoreFixture.SPEC;
import static dev.sandkeep.linux.volumes.StoreFixture.prepare;
import static dev.sandkeep.linux.volumes.StoreFixture.sh;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sandkeep.linux.layers.MergedLayer;
import dev.sandkeep.spi.CheckpointId;
import dev.sandkeep.spi.CheckpointOutcome;
import dev.sandkeep.spi.IdRange;
import dev.sandkeep.spi.Pause;
import dev.sandkeep.spi.VolumeMount;
import dev.sandkeep.spi.VolumeMount.Committed;
import dev.sandkeep.spi.contract.NastyTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What is written through a real overlay of this kernel comes back through the next generations' overlays, with merges of the
 * chain in between, byte for byte and attribute for attribute.
 */
class PersistedTreeTest {
    @TempDir(factory = InMemory.class)
    Path place;

    private StoreFixture store;
    private Path image;
    private Path view;

    @BeforeEach
    void makeImage() throws Exception {
        store = new StoreFixture(place);
        store.backend().provision(SPEC);
        image = Files.createDirectory(place.resolve("image"));
        view = Files.createDirectory(place.resolve("view"));
        sh(image, """
                for d in kept emptied replaced moved tofile; do mkdir -p $d/inner; echo image > $d/file; echo image > $d/inner/file; done
                echo image > file; echo image > todir; echo image > linked; ln linked linked-too""");
    }

    @AfterEach
    void unmount() throws Exception {
        sh(place, "while umount '" + view + "' 2> /dev/null; do :; done");
        store.close();
    }

    @Test
    void a_nasty_tree_is_the_same_in_each_of_thirty_generations_with_running_checkpoints_in_between() throws Exception {
        mounted(1);
        sh(view, NastyTree.make(view.resolve("nasty").toString()));
        sh(view, "mknod nasty/null c 1 3; chmod 666 nasty/null; mknod nasty/loop-device b 7 200");
        String tree = sh(view, NastyTree.describe(view.resolve("nasty").toString()));
        detach(1);

        for (int generation = 2; generation <= 30; generation++) {
            VolumeMount mount = mounted(generation);
            assertThat(sh(view, NastyTree.describe(view.resolve("nasty").toString())))
                    .as("generation %d", generation)
                    .isEqualTo(tree);
            assertThat(mount.committed()).hasSizeLessThanOrEqualTo(Detachment.LONGEST_CHAIN);
            sh(
                    view,
                    "[ $(stat -c %%t:%%T nasty/null nasty/loop-device | tr '\\n' ' ' | tr -d ' ') = 1:37:c8 ] && echo %d > generation; touch beside-%d"
                            .formatted(generation, generation % 7));
            if (generation % 3 == 0) {
                assertThat(store.backend()
                                .checkpoint(
                                        StoreFixture.VOLUME,
                                        generation,
                                        new CheckpointId("chk_running_" + generation),
                                        Pause.NOTHING_RUNS))
                        .isInstanceOf(CheckpointOutcome.Checkpointed.class);
                sh(view, "chmod 600 nasty/tool; chmod 644 nasty/tool; echo later >> generation");
            }
            detach(generation);
        }
    }

    @Test
    void a_nasty_tree_that_was_taken_apart_stays_so_when_its_chain_is_merged() throws Exception {
        mounted(1);
        sh(view, NastyTree.make(view.resolve("nasty").toString()));
        detach(1);
        mounted(2);
        sh(view, """
                rm -r nasty/a/b/c; mkdir nasty/a/b/c; echo new > nasty/a/b/c/file; rm nasty/linked-too
                mv nasty/sparse nasty/a/sparse-moved; rm -rf kept emptied/file replaced moved/inner tofile todir
                mkdir replaced; echo new > replaced/other; echo new > tofile; mkdir todir; echo new > todir/file; rm linked
                chmod 700 moved; chown 5:6 moved/file
                rm -r nasty/with*; ln -s elsewhere 'nasty/with space'""");
        detach(2);

        assertSameUntilMerged(3);
    }

    @Test
    void random_work_of_many_generations_is_as_it_was_left_after_every_one() throws Exception {
        Random dice = new Random(20_261_121);
        String left = null;
        for (int generation = 1; generation <= 52; generation++) {
            mounted(generation);
            if (left != null) {
                assertThat(withoutLinkCounts(sh(view, NastyTree.describe(view.toString()))))
                        .as("generation %d", generation)
                        .isEqualTo(withoutLinkCounts(left));
            }
            sh(view, randomWork(dice, generation));
            left = sh(view, NastyTree.describe(view.toString()));
            detach(generation);
        }
    }

    @Test
    void a_merge_moves_the_ids_of_all_layers_into_the_newest_range() throws Exception {
        IdRange older = new IdRange(3L * IdRange.SIZE);
        IdRange newer = new IdRange(8L * IdRange.SIZE);
        Path lower = Files.createDirectory(place.resolve("older"));
        Path upper = Files.createDirectory(place.resolve("newer"));
        sh(
                lower,
                "mkdir d; echo x > d/old; echo x > gone; chown -R 196608:196609 .; chown 197608:197609 d/old; chmod 4755 d/old");
        sh(upper, "mkdir d; echo x > d/new; mknod gone c 0 0; chown -R 524288:524289 .; chown 524300:524301 d");
        Path whole = Files.createDirectory(place.resolve("whole"));
        Path beneath = Files.createDirectory(place.resolve("beneath"));

        MergedLayer.copy(
                List.of(new Committed(upper, newer), new Committed(lower, older)),
                newer,
                whole,
                new MarkedDirectories(beneath, newer));

        assertThat(sh(whole, "stat -c '%n %u:%g %a' . d d/old d/new; stat -c '%F %t:%T' gone"))
                .isEqualTo("""
                        . 524288:524289 755
                        d 524300:524301 755
                        d/old 525288:525289 4755
                        d/new 524288:524289 644
                        character special file 0:0
                        """);
    }

    @Test
    void a_layer_whose_files_belong_to_somebody_else_is_not_merged_and_nothing_is_lost() throws Exception {
        mounted(1);
        sh(view, "echo foreign > foreign; chown 70000:70000 foreign");
        detach(1);

        assertThat(lastChain(30)).isGreaterThan(Detachment.LONGEST_CHAIN);
        mounted(31);
        assertThat(sh(view, "cat foreign; stat -c %u foreign")).isEqualTo("foreign\n70000\n");
    }

    private int lastChain(int generations) throws Exception {
        int chain = 0;
        for (int generation = 2; generation <= generations; generation++) {
            chain = mounted(generation).committed().size();
            sh(view, "echo " + generation + " > generation");
            detach(generation);
        }
        return chain;
    }

    private void assertSameUntilMerged(int from) throws Exception {
        mounted(from);
        String left = sh(view, NastyTree.describe(view.toString()));
        detach(from);
        int generation = from;
        VolumeMount mount;
        do {
            generation++;
            mount = mounted(generation);
            sh(view, "echo x >> kept-growing");
            detach(generation);
        } while (mount.committed().size() < Detachment.LONGEST_CHAIN);
        mount = mounted(generation + 1);
        assertThat(mount.committed()).hasSize(2);
        sh(view, "rm kept-growing; touch -d @0 .");
        String merged = sh(view, NastyTree.describe(view.toString()));
        assertThat(withoutTop(withoutLinkCounts(merged))).isEqualTo(withoutTop(withoutLinkCounts(left)));
    }

    /** The line of the top directory has its time, which the growing file changed. */
    private static List<String> withoutTop(List<String> description) {
        return description.stream().filter(line -> !line.startsWith(". | d ")).toList();
    }

    /**
     * An overlay goes on counting a name that was removed from a file with several in a lower layer; a merge counts anew. Which
     * names are one file stays in the description.
     */
    static List<String> withoutLinkCounts(String description) {
        return description
                .lines()
                .filter(line -> !line.startsWith("one file: ") || line.split(" \\./", -1).length > 2)
                .map(line -> line.replaceFirst("( \\| [flpscb] \\d+ \\d+:\\d+ [0-9.]+) \\d+ ", "$1 "))
                .toList();
    }

    /** A few steps of work in a small set of names, so that they meet what earlier generations left. */
    static String randomWork(Random dice, int generation) {
        List<String> steps = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            String a = name(dice);
            String b = name(dice);
            steps.add(
                    switch (dice.nextInt(10)) {
                        case 0 -> "rm -rf '" + a + "'";
                        case 1 -> "rm -rf '" + a + "'; mkdir -p '" + a + "'";
                        case 2 -> "mv -f '" + a + "' '" + b + "'";
                        case 3 -> "ln -f '" + a + "' '" + b + "'";
                        case 4 ->
                            "chmod 0" + (dice.nextInt(8) | 4) + dice.nextInt(8) + dice.nextInt(8) + " '" + a + "'";
                        case 5 -> "chown " + dice.nextInt(2000) + ":" + dice.nextInt(2000) + " '" + a + "'";
                        case 6 -> "rm -rf '" + a + "'; ln -sf '" + b + "' '" + a + "'";
                        case 7 -> "mkdir -p '" + a + "'; cp -a kept '" + a + "/copy'";
                        default ->
                            "mkdir -p \"$(dirname '" + a + "')\"; echo " + generation + "." + i + " >> '" + a + "'";
                    });
        }
        return "(" + String.join("\n", steps) + ") > /dev/null 2>&1 || true";
    }

    private static String name(Random dice) {
        List<String> names =
                List.of("kept", "emptied", "replaced", "moved", "file", "todir", "linked", "new", "kept/inner");
        String name = names.get(dice.nextInt(names.size()));
        return dice.nextBoolean()
                ? name
                : name + "/" + List.of("file", "inner", "inner/file", "x").get(dice.nextInt(4));
    }

    /** Attaches the volume and mounts its first path over the image, as a provider without mapped ids would. */
    private VolumeMount mounted(int generation) throws Exception {
        VolumeMount mount = store.attach(generation).getFirst();
        Path below = mount.committed().isEmpty()
                ? image
                : mount.committed().getFirst().directory();
        copyAttributes(below, mount.upper());
        prepareKeepingOwner(mount);
        StringBuilder lower = new StringBuilder();
        for (Committed layer : mount.committed()) {
            lower.append(relative(layer.directory())).append(':');
        }
        lower.append(relative(image));
        // With relative paths, since the options of this call end at 4096 bytes.
        sh(
                place,
                "mount -t overlay -o index=off,redirect_dir=off,metacopy=off,lowerdir=" + lower + ",upperdir="
                        + relative(mount.upper()) + ",workdir=" + relative(mount.work()) + " overlay '" + view + "'");
        return mount;
    }

    private String relative(Path path) {
        return place.relativize(path).toString();
    }

    private static void copyAttributes(Path from, Path to) throws Exception {
        sh(
                from,
                "chown --reference=. '" + to + "' && chmod --reference=. '" + to + "' && touch --reference=. '" + to
                        + "'");
    }

    private static void prepareKeepingOwner(VolumeMount mount) throws IOException {
        var attributes = Files.readAttributes(mount.upper(), "unix:uid,gid,lastModifiedTime");
        prepare(mount, IdRange.HOST);
        Files.setAttribute(mount.upper(), "unix:uid", attributes.get("uid"));
        Files.setAttribute(mount.upper(), "unix:gid", attributes.get("gid"));
    }

    private void detach(int generation) throws Exception {
        sh(place, "umount '" + view + "'");
        store.detach(generation);
    }
}
