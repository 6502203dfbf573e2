package dev.sandkeep.spi.contract;

import static dev.sandkeep.spi.contract.Outcomes.expect;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sandkeep.spi.ChangeVisitor;
import dev.sandkeep.spi.ChangedFile;
import dev.sandkeep.spi.ChangesOutcome;
import dev.sandkeep.spi.ComputeId;
import dev.sandkeep.spi.DirectorySize;
import dev.sandkeep.spi.FileKind;
import dev.sandkeep.spi.FilePath;
import dev.sandkeep.spi.ImageDiff;
import dev.sandkeep.spi.ImageFileOutcome;
import dev.sandkeep.spi.ImageId;
import dev.sandkeep.spi.ImageUsage;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Looking into computes and images: what changed, what it takes, how two differ, one file. */
interface ImageContentRules extends ProviderRules {

    // ------------------------------------------------------------------------------------------------------ changes

    /** Notes what it is shown, as {@code kind size permissions content}, by path as it is printed. */
    final class Notes implements ChangeVisitor {
        final Map<String, String> changed = new TreeMap<>();
        final List<String> removed = new ArrayList<>();
        final List<String> replacing = new ArrayList<>();
        final List<String> order = new ArrayList<>();

        @Override
        public Next changed(ChangedFile file) {
            order.add(file.path().toString());
            changed.put(
                    file.path().toString(),
                    "%s %d %o %s".formatted(file.kind(), file.size(), file.permissions(), start(file, 20)));
            if (file.replaces()) {
                replacing.add(file.path().toString());
            }
            return Next.CONTINUE;
        }

        @Override
        public Next removed(FilePath path) {
            removed.add(path.toString());
            return Next.CONTINUE;
        }

        static String start(ChangedFile file, long atMost) {
            try (InputStream content = file.open(atMost)) {
                return new String(content.readAllBytes(), UTF_8).strip();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private Notes changesOf(ComputeId id) {
        Notes notes = new Notes();
        ChangesOutcome.Visited visited =
                expect(ChangesOutcome.Visited.class, host().provider().visitChanges(id, notes));
        assertThat(visited.complete()).isTrue();
        assertThat(visited.paths()).isEqualTo(notes.order.size() + notes.removed.size());
        return notes;
    }

    @Test
    default void what_a_compute_wrote_can_be_looked_at_while_it_runs_when_it_stopped_and_as_an_image() {
        ComputeId id = host().started();
        host().sh(id, """
                mkdir -p /opt/new/dir; echo content > /opt/new/dir/file; chmod 4711 /opt/new/dir/file
                ln -s /etc/shadow /opt/new/link; mkfifo -m 600 /opt/new/fifo
                echo more >> /etc/hostname-like; rm /etc/debian_version; rm -r /usr/share/doc""");

        Notes running = changesOf(id);
        host().stop(id);
        Notes stopped = changesOf(id);
        ImageId image = host().newImage();
        host().provider().capture(id, image);
        Notes captured = new Notes();
        host().provider().visitChanges(image, captured);

        assertThat(running.changed)
                .containsEntry("/opt/new/dir", "DIRECTORY 0 755 ")
                .containsEntry("/opt/new/dir/file", "REGULAR 8 4711 content")
                .containsEntry("/opt/new/link", "LINK 11 777 ")
                .containsEntry("/opt/new/fifo", "FIFO 0 600 ")
                .doesNotContainKeys("/usr/bin/env", "/etc/debian_version");
        assertThat(running.removed).containsExactlyInAnyOrder("/etc/debian_version", "/usr/share/doc");
        assertThat(running.order.indexOf("/opt/new/dir")).isLessThan(running.order.indexOf("/opt/new/dir/file"));
        assertThat(stopped.changed).isEqualTo(running.changed);
        assertThat(captured.changed).isEqualTo(running.changed);
        assertThat(captured.removed).containsExactlyInAnyOrderElementsOf(running.removed);
        assertThat(host().provider().visitChanges(id, new Notes())).isEqualTo(new ChangesOutcome.Missing());
    }

    @Test
    default void of_a_base_image_everything_is_shown() {
        Notes notes = new Notes();

        host().provider().visitChanges(host().smallImage(), notes);

        assertThat(notes.changed).containsKeys("/etc", "/etc/debian_version", "/usr/bin/env");
        assertThat(notes.removed).isEmpty();
    }

    @Test
    default void a_directory_that_was_made_anew_says_so() {
        ComputeId id = host().started();
        host().sh(id, "rm -r /usr/share/doc; mkdir /usr/share/doc; echo x > /usr/share/doc/only");

        Notes notes = changesOf(id);

        assertThat(notes.replacing).containsExactly("/usr/share/doc");
        assertThat(notes.changed).containsKey("/usr/share/doc/only");
        assertThat(notes.removed).isEmpty();
    }

    @Test
    default void any_name_can_be_looked_at_and_is_told_apart_from_any_other() {
        ComputeId id = host().started();
        host().sh(id, """
                mkdir /opt/names; cd /opt/names
                for name in 'line\\nbreak' 'raw-\\377\\376' 'esc\\033[31m' 'back\\\\slash' 'caf\\303\\251' 'cut\\303'; do
                  printf "$name" > "$(printf "$name")"
                done""");

        assertThat(changesOf(id).changed.keySet())
                .filteredOn(path -> path.startsWith("/opt/names/"))
                .containsExactlyInAnyOrder(
                        "/opt/names/line\\x0abreak",
                        "/opt/names/raw-\\xff\\xfe",
                        "/opt/names/esc\\x1b[31m",
                        "/opt/names/back\\\\slash",
                        "/opt/names/café",
                        "/opt/names/cut\\xc3");
    }

    @Test
    default void a_visitor_may_leave_out_and_stop() {
        ComputeId id = host().started();
        host().sh(id, "mkdir -p /opt/a/b /opt/c; touch /opt/a/b/f /opt/c/f");
        List<String> seen = new ArrayList<>();

        ChangesOutcome skipped = host().provider().visitChanges(id, file -> {
            seen.add(file.path().toString());
            return file.path().toString().equals("/opt/a")
                    ? ChangeVisitor.Next.SKIP_CONTENT
                    : ChangeVisitor.Next.CONTINUE;
        });
        ChangesOutcome stopped = host().provider().visitChanges(id, file -> ChangeVisitor.Next.STOP);

        assertThat(seen).contains("/opt/a", "/opt/c/f").doesNotContain("/opt/a/b");
        assertThat(skipped).isEqualTo(new ChangesOutcome.Visited(seen.size(), false));
        assertThat(stopped).isEqualTo(new ChangesOutcome.Visited(1, false));
        assertThatThrownBy(() -> host().provider().visitChanges(id, file -> {
                    throw new UnsupportedOperationException("by the visitor");
                }))
                .hasMessageContaining("by the visitor");
    }

    @Test
    default void a_hostile_tree_is_looked_at_in_little_time_and_reads_only_what_was_asked_for() {
        int wide = Patience.fewer(20_000);
        int deep = Patience.fewer(3_000);
        ComputeId id = host().started();
        host().sh(id, """
                mkdir /opt/hostile; cd /opt/hostile
                truncate -s 1T sparse; printf start | dd of=sparse conv=notrunc status=none
                mkfifo fifo; ln -s / root; ln -s /proc/self/mem mem
                perl -e 'mkdir "wide" or die; for (1 .. %d) { open(my $f, ">", "wide/$_") or die $! }'
                perl -e 'for (1 .. %d) { mkdir "deep" x 20 or die; chdir "deep" x 20 or die } open(my $f, ">", "bottom") or die'""".formatted(wide, deep));
        long[] files = new long[1];
        String[] deepest = {""};
        String[] sparse = {""};

        ChangesOutcome outcome = host().provider().visitChanges(id, file -> {
            files[0]++;
            String path = file.path().toString();
            deepest[0] = path.length() > deepest[0].length() ? path : deepest[0];
            if (path.equals("/opt/hostile/sparse")) {
                sparse[0] = file.size() + " " + (file.storedBytes() < 1 << 20) + " " + Notes.start(file, 5);
            } else {
                assertThat(path).doesNotContain("/opt/hostile/root/").doesNotContain("/opt/hostile/mem/");
                assertThat(file.kind() == FileKind.REGULAR
                                || Notes.start(file, 10).isEmpty())
                        .as(path)
                        .isTrue();
            }
            return ChangeVisitor.Next.CONTINUE;
        });

        assertThat(outcome).isEqualTo(new ChangesOutcome.Visited(files[0], true));
        assertThat(files[0]).isGreaterThan(wide + deep);
        assertThat(deepest[0]).endsWith("/bottom").hasSizeGreaterThan(deep * 80);
        assertThat(sparse[0]).isEqualTo((1L << 40) + " true start");
    }

    @Test
    default void changes_of_nothing_are_missing() {
        assertThat(host().provider().visitChanges(host().newCompute(), new Notes()))
                .isEqualTo(new ChangesOutcome.Missing());
        assertThat(host().provider().visitChanges(host().newImage(), new Notes()))
                .isEqualTo(new ChangesOutcome.Missing());
    }

    // -------------------------------------------------------------------------------------------------------- usage

    @Test
    default void an_image_knows_what_it_takes_and_what_it_shares() {
        ComputeId id = host().started();
        host().sh(id, """
                mkdir -p /opt/large/inner /opt/small
                head -c 3000000 /dev/urandom > /opt/large/inner/data; ln /opt/large/inner/data /opt/large/inner/again
                head -c 1000000 /dev/urandom > /opt/small/data; truncate -s 1T /opt/small/sparse""");
        ImageId image = host().captured(id);
        ImageId child = host().captured(host().startedFrom(image));

        ImageUsage base = usage(host().smallImage());
        ImageUsage own = usage(image);
        ImageUsage above = usage(child);

        assertThat(own.ownBytes()).isBetween(4_000_000L, 4_300_000L);
        assertThat(own.ownFiles()).isBetween(8L, 12L);
        assertThat(own.sharedBytes()).isEqualTo(base.ownBytes());
        assertThat(own.depth()).isEqualTo(base.depth() + 1);
        assertThat(own.dependents()).isEqualTo(1);
        assertThat(own.largest().getFirst().path()).isEqualTo(FilePath.of("/opt"));
        assertThat(own.largest())
                .extracting(DirectorySize::path)
                .contains(FilePath.of("/opt/large/inner"), FilePath.of("/opt/small"))
                .doesNotContain(FilePath.ROOT, FilePath.of("/opt/large"));
        assertThat(above.sharedBytes()).isEqualTo(base.ownBytes() + own.ownBytes());
        assertThat(above.ownBytes()).isLessThan(100_000);
        assertThat(above.dependents()).isZero();
        assertThat(host().provider().imageUsage(host().newImage(), 3)).isEmpty();
        assertThat(host().provider().imageUsage(image, 1).orElseThrow().largest())
                .hasSize(1);
    }

    private ImageUsage usage(ImageId image) {
        return host().provider().imageUsage(image, 10).orElseThrow();
    }

    // --------------------------------------------------------------------------------------------------------- diff

    private ImageDiff diff(ImageId before, ImageId after) {
        return host().provider().diffImages(before, after, 1000, 10).orElseThrow();
    }

    private static Map<String, String> told(ImageDiff diff) {
        Map<String, String> told = new TreeMap<>();
        diff.entries()
                .forEach(entry -> told.put(
                        entry.path().toString(),
                        entry.before().map(ImageContentRules::told).orElse("-") + " > "
                                + entry.after().map(ImageContentRules::told).orElse("-")));
        return told;
    }

    private static String told(ImageDiff.Side side) {
        return side.kind() + " " + side.size();
    }

    @Test
    default void two_images_of_one_parent_differ_in_what_each_did() {
        ImageId common = host().prepared("""
                mkdir -p /opt/d/gone /opt/d/same; cd /opt/d
                for f in gone/1 gone/2 same/1 text mode owner rewritten todir; do echo old > $f; done; ln -s a link""");
        ImageId before = host().captured(startedAfter(common, "cd /opt/d; echo both > fresh; echo mine > before-only"));
        ImageId after = host().captured(startedAfter(common, """
                set -e; cd /opt/d; sleep 0.01
                rm -r gone; echo longer > text; chmod 600 mode; chown 7:7 owner; ln -sfn b link
                rm rewritten; echo old > rewritten; rm todir; mkdir todir; echo x > todir/x
                echo both > fresh; touch same/1; mkdir added; echo 123456789 > added/file"""));

        ImageDiff diff = diff(before, after);

        assertThat(told(diff))
                .isEqualTo(Map.ofEntries(
                        Map.entry("/opt/d/gone", "DIRECTORY 0 > -"),
                        Map.entry("/opt/d/gone/1", "REGULAR 4 > -"),
                        Map.entry("/opt/d/gone/2", "REGULAR 4 > -"),
                        Map.entry("/opt/d/before-only", "REGULAR 5 > -"),
                        Map.entry("/opt/d/text", "REGULAR 4 > REGULAR 7"),
                        Map.entry("/opt/d/mode", "REGULAR 4 > REGULAR 4"),
                        Map.entry("/opt/d/owner", "REGULAR 4 > REGULAR 4"),
                        Map.entry("/opt/d/link", "LINK 0 > LINK 0"),
                        Map.entry("/opt/d/todir", "REGULAR 4 > DIRECTORY 0"),
                        Map.entry("/opt/d/todir/x", "- > REGULAR 2"),
                        Map.entry("/opt/d/added", "- > DIRECTORY 0"),
                        Map.entry("/opt/d/added/file", "- > REGULAR 10")));
        assertThat(diff.removed()).isEqualTo(new ImageDiff.Total(4, 13));
        assertThat(diff.changed()).isEqualTo(new ImageDiff.Total(5, 15));
        assertThat(diff.added()).isEqualTo(new ImageDiff.Total(3, 12));
        assertThat(diff.growth()).isEqualTo(15 + 12 - 13 - 16);
        assertThat(diff.truncated()).isFalse();
    }

    private ComputeId startedAfter(ImageId image, String script) {
        ComputeId id = host().startedFrom(image);
        host().sh(id, script);
        return id;
    }

    @Test
    default void a_child_differs_from_its_parent_in_what_it_did_and_the_other_way_round() {
        ImageId parent = host().prepared("mkdir -p /opt/d/anew; echo old > /opt/d/anew/old; echo old > /opt/d/file");
        ImageId child = host().captured(startedAfter(
                parent, "cd /opt/d; rm -r anew; mkdir anew; echo new > anew/new; rm file; chmod 700 /opt"));

        assertThat(told(diff(parent, child)))
                .isEqualTo(Map.of(
                        "/opt", "DIRECTORY 0 > DIRECTORY 0",
                        "/opt/d/anew/old", "REGULAR 4 > -",
                        "/opt/d/anew/new", "- > REGULAR 4",
                        "/opt/d/file", "REGULAR 4 > -"));
        assertThat(told(diff(child, parent)))
                .isEqualTo(Map.of(
                        "/opt", "DIRECTORY 0 > DIRECTORY 0",
                        "/opt/d/anew/old", "- > REGULAR 4",
                        "/opt/d/anew/new", "REGULAR 4 > -",
                        "/opt/d/file", "- > REGULAR 4"));
        assertThat(told(diff(parent, parent))).isEmpty();
    }

    @Test
    default void equal_content_is_no_difference_whatever_the_layers_and_hidden_content_is_one() {
        String script =
                "mkdir -p /opt/x/y; echo one > /opt/x/a; ln -s t /opt/x/l; head -c 500000 /dev/zero > /opt/x/y/z";
        ImageId one = host().prepared(script);
        ImageId step = host().prepared("mkdir -p /opt/x/y; echo other > /opt/x/a; echo gone > /opt/x/y/gone");
        ImageId other = host().captured(startedAfter(step, "rm -r /opt/x; " + script));
        ImageId hidden = host().captured(startedAfter(
                one, "cd /opt/x; touch -r a t; printf two > b; printf '\\n' >> b; cat b > a; touch -r t a; rm t b"));

        assertThat(told(diff(one, other))).isEmpty();
        assertThat(told(diff(one, hidden))).isEqualTo(Map.of("/opt/x/a", "REGULAR 4 > REGULAR 4"));
    }

    @Test
    default void a_diff_names_as_many_as_asked_for_and_counts_all() {
        ImageId before = host().prepared("true");
        ImageId after = host().prepared("""
                mkdir -p /opt/many /opt/few; truncate -s 1T /opt/few/sparse; rm /opt/few/sparse; head -c 9000 /dev/zero > /opt/few/f
                perl -e 'for (1 .. 20_000) { open(my $f, ">", "/opt/many/$_") or die $!; print $f "x" }'""");
        long start = System.nanoTime();

        ImageDiff diff = host().provider().diffImages(before, after, 5, 2).orElseThrow();

        // Issue: in seconds for 20 000 changed files; generous on a busy machine.
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Patience.seconds(20));
        assertThat(diff.entries()).hasSize(5);
        assertThat(diff.truncated()).isTrue();
        assertThat(diff.added()).isEqualTo(new ImageDiff.Total(20_003, 29_000));
        assertThat(diff.largest())
                .extracting(DirectorySize::path, DirectorySize::bytes)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple(FilePath.of("/opt"), 29_000L),
                        org.assertj.core.groups.Tuple.tuple(FilePath.of("/opt/many"), 20_000L));
    }

    @Test
    default void a_diff_with_nothing_is_nothing() {
        assertThat(host().provider().diffImages(host().smallImage(), host().newImage(), 1, 1))
                .isEmpty();
        assertThat(host().provider().diffImages(host().newImage(), host().smallImage(), 1, 1))
                .isEmpty();
    }

    // ---------------------------------------------------------------------------------------------------- one file

    @Test
    default void one_file_of_an_image_is_read_as_a_compute_would_see_it_but_without_following_links() {
        ImageId parent = host().prepared("""
                mkdir -p /opt/r/anew /opt/r/kept; cd /opt/r
                echo parent > file; echo hidden > anew/hidden; echo kept > kept/file; echo gone > gone
                ln -s /etc/shadow shadow; ln -s /etc outside; mkfifo fifo""");
        ImageId image = host().captured(startedAfter(
                parent, "cd /opt/r; echo child > file; rm -r anew gone; mkdir anew; echo more > kept/more"));

        assertThat(text(image, "/opt/r/file", 100)).isEqualTo("child\n");
        assertThat(text(parent, "/opt/r/file", 100)).isEqualTo("parent\n");
        assertThat(text(image, "/opt/r/kept/file", 100)).isEqualTo("kept\n");
        assertThat(text(image, "/opt/r/kept/file", 3)).isEqualTo("kep");
        assertThat(text(image, "/var/lib/dpkg/status", 9)).isEqualTo("Package: ");
        for (String nothing : List.of("/opt/r/gone", "/opt/r/anew/hidden", "/opt/r/kept/none", "/none/at/all")) {
            assertThat(read(image, nothing)).as(nothing).isEqualTo(new ImageFileOutcome.NoSuchFile());
        }
        assertThat(read(image, "/opt/r/shadow")).isEqualTo(noFile("/opt/r/shadow", FileKind.LINK));
        assertThat(read(image, "/opt/r/outside/shadow")).isEqualTo(noFile("/opt/r/outside", FileKind.LINK));
        assertThat(read(image, "/opt/r/file/below")).isEqualTo(noFile("/opt/r/file", FileKind.REGULAR));
        assertThat(read(image, "/opt/r/fifo")).isEqualTo(noFile("/opt/r/fifo", FileKind.FIFO));
        assertThat(read(image, "/opt/r")).isEqualTo(noFile("/opt/r", FileKind.DIRECTORY));
        assertThat(host().provider().readImageFile(image, FilePath.ROOT, 1))
                .isEqualTo(new ImageFileOutcome.NotAFile(FilePath.ROOT, FileKind.DIRECTORY));
        assertThat(read(host().newImage(), "/etc/passwd")).isEqualTo(new ImageFileOutcome.ImageMissing());
    }

    private static ImageFileOutcome noFile(String path, FileKind kind) {
        return new ImageFileOutcome.NotAFile(FilePath.of(path), kind);
    }

    private ImageFileOutcome read(ImageId image, String path) {
        return host().provider().readImageFile(image, FilePath.of(path), 100);
    }

    private String text(ImageId image, String path, int atMost) {
        ImageFileOutcome.Found found =
                expect(ImageFileOutcome.Found.class, host().provider().readImageFile(image, FilePath.of(path), atMost));
        assertThat(found.truncated()).isEqualTo(found.size() > atMost);
        return UTF_8.decode(found.content()).toString();
    }
}
