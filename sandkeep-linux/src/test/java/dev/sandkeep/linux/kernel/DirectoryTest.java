package dev.sandkeep.linux.kernel;

import static dev.sandkeep.linux.kernel.Directory.bytes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DirectoryTest {
    @TempDir
    Path place;

    @Test
    void a_tree_deeper_than_any_stack_or_descriptor_limit_is_removed() {
        try (Directory top = Directory.open(place)) {
            deepTree(top, 5000);

            top.removeTree(bytes("deep"));

            assertThat(top.isEmpty()).isTrue();
        }
    }

    @Test
    void several_may_remove_the_same_tree_at_once() throws Exception {
        for (int round = 0; round < 20; round++) {
            try (Directory top = Directory.open(place)) {
                deepTree(top, 200);
            }
            List<Callable<Boolean>> removers = Collections.nCopies(4, () -> {
                try (Directory top = Directory.open(place)) {
                    top.removeTree(bytes("deep"));
                    return true;
                }
            });
            try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
                for (Future<Boolean> removed : threads.invokeAll(removers)) {
                    assertThat(removed.get()).isTrue();
                }
            }
            assertThat(place).isEmptyDirectory();
        }
    }

    @Test
    void a_directory_far_below_is_opened_whatever_the_length_of_its_path() {
        byte[] component = "n".repeat(255).getBytes(StandardCharsets.US_ASCII);
        ByteArrayOutputStream path = new ByteArrayOutputStream();
        try (Directory top = Directory.open(place)) {
            Directory at = top.open(bytes("."));
            for (int depth = 0; depth < 60; depth++) {
                at = made(at, component);
                path.writeBytes(component);
                path.write('/');
            }
            path.writeBytes(bytes("end"));
            made(at, bytes("end")).close();

            try (Directory end = top.openBeneath(path.toByteArray())) {
                assertThat(end.isEmpty()).isTrue();
            }
            top.removeTree(component);
        }
    }

    @Test
    void names_that_are_not_text_are_removed() throws IOException {
        byte[] raw = {(byte) 0xff, 1, (byte) 0xfe, '\n'};
        try (Directory top = Directory.open(place)) {
            made(made(top.open(bytes(".")), bytes("outer")), raw).close();

            top.removeTree(bytes("outer"));

            assertThat(place).isEmptyDirectory();
        }
    }

    @Test
    void a_link_is_removed_and_not_what_it_leads_to() throws IOException {
        Path kept = Files.createDirectory(place.resolve("kept"));
        Files.writeString(kept.resolve("file"), "x");
        Files.createDirectory(place.resolve("doomed"));
        Files.createSymbolicLink(place.resolve("doomed/link"), kept);
        try (Directory top = Directory.open(place)) {
            top.removeTree(bytes("doomed"));
            assertThatThrownBy(() -> {
                        Files.createSymbolicLink(place.resolve("link"), kept);
                        top.openBeneath("link").close();
                    })
                    .isInstanceOfSatisfying(
                            KernelException.class,
                            thrown -> assertThat(thrown.errno()).isEqualTo(Errno.ELOOP));
        }
        assertThat(kept.resolve("file")).hasContent("x");
        assertThat(place.resolve("doomed")).doesNotExist();
    }

    @Test
    void what_was_made_immutable_is_removed_all_the_same() throws Exception {
        Path tree = Files.createDirectories(place.resolve("tree/inner/innermost"));
        Files.writeString(tree.resolve("file"), "x");
        Assumptions.assumeTrue(
                chattr("+i", tree.resolve("file")) && chattr("+i", tree) && chattr("+a", place.resolve("tree/inner")),
                "chattr of e2fsprogs works here only as root on a file system with flags");
        try (Directory top = Directory.open(place)) {
            top.removeTree(bytes("tree"));
        }
        assertThat(place).isEmptyDirectory();
    }

    private static boolean chattr(String flag, Path path) throws IOException, InterruptedException {
        return new ProcessBuilder("chattr", flag, path.toString())
                        .redirectErrorStream(true)
                        .start()
                        .waitFor()
                == 0;
    }

    @Test
    void entries_beyond_a_limit_are_not_listed() throws IOException {
        for (int i = 0; i < 10; i++) {
            Files.createFile(place.resolve("file-" + i));
        }
        try (Directory top = Directory.open(place)) {
            assertThat(top.entries(10))
                    .hasValueSatisfying(entries -> assertThat(entries).hasSize(10));
            assertThat(top.entries(9)).isEmpty();
            assertThat(top.isEmpty()).isFalse();
        }
    }

    @Test
    void absence_is_an_answer() {
        try (Directory top = Directory.open(place)) {
            assertThat(top.status(bytes("nothing"))).isEqualTo(Optional.empty());
            assertThat(Directory.status(place.resolve("nothing/at/all"))).isEmpty();
            top.removeTree(bytes("nothing"));
            top.unlink(bytes("nothing"));
        }
    }

    private static void deepTree(Directory top, int depth) {
        Directory at = made(top.open(bytes(".")), bytes("deep"));
        for (int level = 0; level < depth; level++) {
            made(at.open(bytes(".")), bytes("beside")).close();
            at = made(at, bytes("d"));
        }
        at.close();
    }

    /** Makes a directory, opens it, and closes the one that it is in. */
    private static Directory made(Directory parent, byte[] name) {
        try (parent) {
            parent.makeDirectory(name, 0755);
            return parent.open(name);
        }
    }
}
