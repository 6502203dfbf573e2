package dev.sandkeep.linux.tar;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sandkeep.linux.files.Command;
import dev.sandkeep.linux.kernel.Directory;
import dev.sandkeep.linux.kernel.FileStatus;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is unpacked of an archive, and what is not; on the kernel's file systems. */
class TarExtractionTest {
    @TempDir
    Path temporary = Path.of("unset");

    private final Notices notices = new Notices();
    private Path target = Path.of("unset");
    private Path outside = Path.of("unset");

    @BeforeEach
    void makePlaces() throws IOException {
        assumeTrue("root".equals(System.getProperty("user.name")), "owners and devices need root");
        target = Files.createDirectory(temporary.resolve("target"));
        outside = Files.createDirectory(temporary.resolve("outside"));
        Files.writeString(outside.resolve("file"), "untouched");
    }

    private TarExtraction.Summary unpack(byte[] archive, boolean removals) throws IOException {
        return TarExtraction.unpack(
                new ByteArrayInputStream(archive), target, TarExtraction.Lower.NOTHING, removals, notices);
    }

    private TarExtraction.Summary unpack(TarBuilder archive) throws IOException {
        return unpack(archive.bytes(), true);
    }

    private FileStatus status(String path) {
        int slash = path.lastIndexOf('/');
        try (Directory top = Directory.open(target);
                Directory parent = top.openBeneath(slash < 0 ? "" : path.substring(0, slash))) {
            return parent.status(path.substring(slash + 1).getBytes(ISO_8859_1)).orElseThrow();
        }
    }

    private List<String> names(String path) {
        try (Directory top = Directory.open(target);
                Directory directory = top.openBeneath(path)) {
            return directory.entries().stream()
                    .map(entry -> new String(entry.name(), ISO_8859_1))
                    .sorted()
                    .toList();
        }
    }

    // -------------------------------------------------------------------------------------------- what is kept

    @Test
    void everything_that_gnu_tar_packs_comes_out_as_it_was() throws IOException {
        Path source = Files.createDirectory(temporary.resolve("source"));
        run("""
                set -e; cd "$0"
                mkdir -p a/b closed; echo one > a/file; ln a/file a/b/same; ln -s ../nowhere link
                printf x > "$(printf 'raw-\\377\\376')"; printf y > "$(printf 'line\\nbreak')"
                long="$(printf 'd%.0s' $(seq 120))/$(printf 'e%.0s' $(seq 120))"; mkdir -p "$long"; echo deep > "$long/f"
                mkfifo fifo; mknod null c 1 3; mknod block b 7 99
                echo s > setuid; chown 10:20 setuid; chmod 6751 setuid; chmod 500 closed
                perl -e 'my ($p, $n, $v) = ($ARGV[0], "user.note", "value"); syscall(188, $p, $n, $v, 5, 0) == 0 or die $!' a/file
                perl -e 'my ($p, $n, $v) = ($ARGV[0], "user.bytes", "\\377\\0\\376"); syscall(188, $p, $n, $v, 3, 0) == 0 or die $!' a/b
                touch -d '2001-02-03 04:05:06.123456789 UTC' a/file; touch -d '1969-01-01 00:00:00.5 UTC' a/b closed
                """, source);
        for (String format : List.of("pax", "gnu")) {
            Path archive = temporary.resolve(format + ".tar");
            run("tar -C \"$0\" --format=" + format + " --xattrs --xattrs-include='*' -cf " + archive + " .", source);
            clearTarget();

            unpack(Files.readAllBytes(archive), false);

            String described = format.equals("pax") ? "%p %y %m %U:%G %T@ %n %s %l\\n" : "%p %y %m %U:%G %n %s %l\\n";
            assertThat(describe(target, described)).isEqualTo(describe(source, described));
            assertThat(run("cd \"$0\"; find . -type f -exec cksum {} + | sort", target))
                    .isEqualTo(run("cd \"$0\"; find . -type f -exec cksum {} + | sort", source));
            if (format.equals("pax")) {
                assertThat(attribute("a/b", "user.bytes")).containsExactly(0xff, 0, 0xfe);
                assertThat(attribute("a", "user.bytes")).isEmpty();
            }
            assertThat(status("a/file").inode()).isEqualTo(status("a/b/same").inode());
            assertThat(status("null").special()).isEqualTo(1L << 32 | 3);
        }
        assertThat(notices.lines()).isEmpty();
    }

    @Test
    void sparse_files_come_out_with_their_holes_in_every_form_of_gnu_tar() throws IOException {
        Path source = Files.createDirectory(temporary.resolve("sparse"));
        run("""
                set -e; cd "$0"
                truncate -s 3T hole; truncate -s 64M begun; printf start | dd of=begun conv=notrunc status=none
                truncate -s 5000001 ends; printf end >> ends
                for at in $(seq 1 60); do printf "piece $at" | dd of=pieces bs=64k seek=$at conv=notrunc status=none; done
                truncate -s 8M pieces; printf full > full; truncate -s 4096 "$(printf 'raw-\\377')"
                """, source);
        for (String format : List.of("gnu", "pax 0.0", "pax 0.1", "pax 1.0")) {
            Path archive = temporary.resolve("sparse.tar");
            String[] words = format.split(" ", -1);
            run(
                    "tar -C \"$0\" --sparse --format=" + words[0]
                            + (words.length == 2 ? " --sparse-version=" + words[1] : "") + " -cf " + archive + " .",
                    source);
            assertThat(Files.size(archive))
                    .as("what is packed of three terabytes")
                    .isLessThan(2_000_000);
            clearTarget();

            TarExtraction.Summary summary = unpack(Files.readAllBytes(archive), false);

            assertThat(describe(target, "%p %s\\n")).as(format).isEqualTo(describe(source, "%p %s\\n"));
            String sums = "cd \"$0\"; find . -type f ! -name hole -exec cksum {} + | sort";
            assertThat(run(sums, target)).as(format).isEqualTo(run(sums, source));
            assertThat(summary.bytes()).as(format).isLessThan(2_000_000);
            assertThat(Long.parseLong(run("du -sk \"$0\" | cut -f1", target).strip()))
                    .as(format + ": KiB on disk")
                    .isLessThan(4096);
        }
        assertThat(notices.lines()).isEmpty();
    }

    @Test
    void a_sparse_file_whose_map_does_not_fit_is_refused() {
        for (String map : List.of("0,5,3,2", "0,4000", "5,-1", "9999999999999999999,1", "1", "0,1", "")) {
            assertThatThrownBy(() -> unpack(new TarBuilder()
                            .pax("GNU.sparse.size", "3000")
                            .pax("GNU.sparse.map", map.isEmpty() ? "x" : map)
                            .file("s", "12345")))
                    .as(map)
                    .isInstanceOf(MalformedTarException.class)
                    .hasMessageContaining("sparse");
        }
        for (String content : List.of("1\n0\n", "x\n", "99999999999999999999999999", "3\n0\n9\n" + "0\n".repeat(400))) {
            assertThatThrownBy(() -> unpack(new TarBuilder()
                            .pax("GNU.sparse.major", "1")
                            .pax("GNU.sparse.realsize", "3000")
                            .file("s", content)))
                    .as(content)
                    .isInstanceOf(MalformedTarException.class)
                    .hasMessageContaining("sparse");
        }
        assertThatThrownBy(() -> unpack(new TarBuilder()
                        .pax("GNU.sparse.size", Long.toString(Long.MAX_VALUE))
                        .pax("GNU.sparse.map", "0,5")
                        .file("s", "12345")))
                .hasMessageContaining("sparse");
    }

    private int[] attribute(String directory, String name) {
        try (Directory top = Directory.open(target);
                Directory at = top.openBeneath(directory)) {
            byte[] value = at.attribute(name).orElse(new byte[0]);
            int[] numbers = new int[value.length];
            for (int i = 0; i < value.length; i++) {
                numbers[i] = value[i] & 0xFF;
            }
            return numbers;
        }
    }

    private static String describe(Path directory, String format) {
        return run(
                "cd \"$0\"; find . ! -type d -printf '" + format + "' -o -printf '"
                        + format.replace("%s ", "").replace("%n ", "") + "' | LC_ALL=C sort",
                directory);
    }

    private static String run(String script, Path argument) {
        Command command = Command.run(List.of("bash", "-c", script, argument.toString()), Duration.ofMinutes(1));
        assertThat(command.succeeded()).as(command.output()).isTrue();
        return command.output();
    }

    private void clearTarget() throws IOException {
        try (Directory directory = Directory.open(temporary)) {
            directory.removeTree("target".getBytes(UTF_8));
        }
        Files.createDirectory(target);
    }

    @Test
    void later_entries_replace_earlier_ones_and_directories_become_one() throws IOException {
        unpack(new TarBuilder()
                .file("a", "first")
                .file("a", "second")
                .directory("d")
                .file("d/kept", "x")
                .mode(0700, 5)
                .directory("d/")
                .link("l", "/etc")
                .file("l", "file now")
                .directory("gone/deep")
                .file("gone", "file now"));

        assertThat(target.resolve("a")).hasContent("second");
        assertThat(target.resolve("d/kept")).exists();
        assertThat(status("d").mode()).isEqualTo(FileStatus.DIRECTORY | 0700);
        assertThat(status("d").uid()).isEqualTo(5);
        assertThat(target.resolve("l")).isRegularFile().hasContent("file now");
        assertThat(target.resolve("gone")).isRegularFile();
    }

    @Test
    void owners_that_no_sandbox_has_become_nobody() throws IOException {
        unpack(new TarBuilder()
                .mode(0644, 70_000)
                .file("a", "x")
                .mode(0644, 65_535)
                .file("b", "x"));

        assertThat(status("a").uid()).isEqualTo(65_534);
        assertThat(status("b").uid()).isEqualTo(65_535);
        assertThat(notices.lines()).singleElement().asString().contains("nobody");
    }

    // ----------------------------------------------------------------------------------------- removed files

    @Test
    void removed_files_of_an_oci_layer_hide_what_is_below_and_nothing_of_the_layer_itself() throws IOException {
        unpack(new TarBuilder()
                .directory("etc")
                .file("etc/.wh.gone", "")
                .file("var/.wh..wh..opq", "")
                .file("var/own", "x")
                .file("both/.wh.x", "")
                .file("both/x/inside", "later than its removal")
                .file("other/y/inside", "earlier than its removal")
                .file("other/.wh.y", "")
                .file("third/z", "a file")
                .file("third/.wh.z", "")
                .file(".wh..wh.plnk", ""));

        assertThat(status("etc/gone").isWhiteout()).isTrue();
        assertThat(opaque("var")).isTrue();
        assertThat(target.resolve("var/own")).exists();
        assertThat(target.resolve("both/x/inside")).exists();
        assertThat(opaque("both/x")).isTrue();
        assertThat(target.resolve("other/y/inside")).exists();
        assertThat(opaque("other/y")).isTrue();
        assertThat(target.resolve("third/z")).hasContent("a file");
        assertThat(names("")).containsExactly("both", "etc", "other", "third", "var");
        assertThat(opaque("both")).isFalse();
    }

    private boolean opaque(String path) {
        try (Directory top = Directory.open(target);
                Directory directory = top.openBeneath(path)) {
            return directory.isOpaque();
        }
    }

    @Test
    void in_a_plain_archive_names_that_look_like_removals_are_names() throws IOException {
        unpack(new TarBuilder().file("etc/.wh.gone", "x").bytes(), false);

        assertThat(names("etc")).containsExactly(".wh.gone");
    }

    @Test
    void directories_that_an_archive_does_not_mention_look_as_they_do_below() throws IOException {
        Path below = Files.createDirectories(temporary.resolve("below"));
        try (Directory directory = Directory.open(below)) {
            directory.owner(7, 8);
            directory.permissions(02750);
        }

        TarExtraction.unpack(
                new ByteArrayInputStream(
                        new TarBuilder().file("opt/tool/new", "x").bytes()),
                target,
                (path, made) -> {
                    if (!path.equals("opt/tool")) {
                        return false;
                    }
                    made.owner(7, 8);
                    made.permissions(02750);
                    return true;
                },
                true,
                notices);

        assertThat(status("opt/tool").mode()).isEqualTo(FileStatus.DIRECTORY | 02750);
        assertThat(status("opt/tool").gid()).isEqualTo(8);
        assertThat(status("opt").mode()).isEqualTo(FileStatus.DIRECTORY | 0755);
    }

    // ---------------------------------------------------------------------------------------- hostile archives

    @Test
    void nothing_in_an_archive_reaches_outside() throws IOException {
        String away = outside.toString();
        for (TarBuilder hostile : List.of(
                new TarBuilder().file("../outside/file", "owned"),
                new TarBuilder().file("a/../../outside/file", "owned"),
                new TarBuilder().link("l", away).file("l/file", "owned"),
                new TarBuilder().link("l", "..").file("l/outside/file", "owned"),
                new TarBuilder().directory("d").link("d/l", away).directory("d/l/new"),
                new TarBuilder().hardLink("h", away + "/file").file("h", "owned"),
                new TarBuilder().hardLink("h", "../outside/file"),
                new TarBuilder().link("l", away).hardLink("h", "l/file"),
                new TarBuilder().link("l", away).file("l/.wh.file", ""),
                new TarBuilder().file(".wh...", ""),
                new TarBuilder().pax("path", "x/../../outside/file").file("innocent", "owned"),
                new TarBuilder().pax("linkpath", "../outside/file").hardLink("innocent", "x"))) {
            assertThatThrownBy(() -> unpack(hostile)).isInstanceOf(MalformedTarException.class);
            clearTarget();
        }
        // Absolute names are names below the top, and links may say what they like.
        unpack(new TarBuilder()
                .file(away + "/file", "inside")
                .link("to", away + "/file")
                .file("to", "replaced"));

        assertThat(target.resolve(away.substring(1)).resolve("file")).hasContent("inside");
        assertThat(outside.resolve("file")).hasContent("untouched");
        assertThat(names("").size()).isEqualTo(2);
        try (var files = Files.list(outside)) {
            assertThat(files).hasSize(1);
        }
    }

    @Test
    void attributes_that_are_the_hosts_business_are_left_out() throws IOException {
        unpack(new TarBuilder()
                .pax("SCHILY.xattr.trusted.overlay.opaque", "y")
                .pax("SCHILY.xattr.trusted.overlay.redirect", "/etc")
                .pax("SCHILY.xattr.user.fine", "\377\000x")
                .directory("d"));

        try (Directory top = Directory.open(target);
                Directory directory = top.openBeneath("d")) {
            assertThat(directory.attributes()).containsExactly("user.fine");
            assertThat(directory.attribute("user.fine").orElseThrow()).containsExactly(0xff, 0, 'x');
        }
        assertThat(notices.lines()).singleElement().asString().startsWith("2 extended attributes");
    }

    @Test
    void a_device_that_would_be_a_removal_is_left_out() throws IOException {
        unpack(new TarBuilder().device("x", '3', 0, 0).device("null", '3', 1, 3));

        assertThat(names("")).containsExactly("null");
        assertThat(notices.lines()).singleElement().asString().contains("device");
    }

    @Test
    void what_is_no_archive_or_a_broken_one_is_refused_in_words() {
        byte[] fine = new TarBuilder().file("name", "some content").bytes();
        byte[] broken = fine.clone();
        broken[3] ^= 1;

        assertThatThrownBy(() -> unpack("<html>not found</html>".repeat(100).getBytes(UTF_8), true))
                .isInstanceOf(MalformedTarException.class)
                .hasMessageContaining("no tar archive");
        assertThatThrownBy(() -> unpack(broken, true)).hasMessageContaining("checksum");
        assertThatThrownBy(() -> unpack(java.util.Arrays.copyOf(fine, 515), true))
                .hasMessageContaining("ends in the middle");
        assertThatThrownBy(() -> unpack(java.util.Arrays.copyOf(fine, 300), true))
                .hasMessageContaining("ends in the middle");
        assertThatThrownBy(() -> unpack(new TarBuilder().entry("s", 'S', "", new byte[5])))
                .hasMessageContaining("a sparse file");
        assertThatThrownBy(() -> unpack(new TarBuilder()
                        .entry("x", 'x', "", "9999999 a=b\n".getBytes(UTF_8))
                        .file("f", "")))
                .hasMessageContaining("extended header");
        assertThatThrownBy(() -> unpack(new TarBuilder()
                        .file("n".repeat(90) + "/", "")
                        .pax("path", "n".repeat(300))
                        .file("x", "")))
                .isInstanceOf(MalformedTarException.class);
    }

    @Test
    void any_damage_to_an_archive_ends_in_words_or_in_files_but_never_outside() throws IOException {
        byte[] fine = new TarBuilder()
                .directory("d")
                .file("d/f", "content")
                .link("l", "../outside")
                .pax("path", "d/long")
                .pax("mtime", "1.5")
                .file("x", "y")
                .hardLink("h", "d/f")
                .bytes();
        Random random = new Random(11);
        for (int round = 0; round < 3_000; round++) {
            byte[] damaged = fine.clone();
            for (int change = random.nextInt(4); change >= 0; change--) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
            }
            repairChecksums(damaged);
            try {
                unpack(damaged, true);
            } catch (MalformedTarException expected) {
                assertThat(expected).hasMessageMatching("(?s).{10,}");
            }
        }
        assertThat(outside.resolve("file")).hasContent("untouched");
    }

    /** Or nearly every damage would be found by the checksum, and nothing behind it be tried. */
    private static void repairChecksums(byte[] archive) {
        for (int at = 0; at + 512 <= archive.length; at += 512) {
            if (new String(archive, at + 257, 5, ISO_8859_1).equals("ustar")) {
                int sum = 0;
                for (int i = 0; i < 512; i++) {
                    sum += i >= 148 && i < 156 ? ' ' : archive[at + i] & 0xFF;
                }
                byte[] text = "%06o\0 ".formatted(sum).getBytes(ISO_8859_1);
                System.arraycopy(text, 0, archive, at + 148, text.length);
            }
        }
    }
}
