package dev.sandkeep.spi.contract;

import static dev.sandkeep.spi.contract.Outcomes.expect;
import static dev.sandkeep.spi.contract.ProviderFixture.PATIENCE;
import static dev.sandkeep.spi.contract.ProviderFixture.awaitLine;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandkeep.spi.CaptureOutcome;
import dev.sandkeep.spi.ChangeVisitor;
import dev.sandkeep.spi.ChangesOutcome;
import dev.sandkeep.spi.ComputeId;
import dev.sandkeep.spi.DeleteImageOutcome;
import dev.sandkeep.spi.DestroyOutcome;
import dev.sandkeep.spi.ExecProcess;
import dev.sandkeep.spi.FilePath;
import dev.sandkeep.spi.HostResource;
import dev.sandkeep.spi.ImageFileOutcome;
import dev.sandkeep.spi.ImageId;
import dev.sandkeep.spi.ImageUsage;
import dev.sandkeep.spi.InspectOutcome;
import dev.sandkeep.spi.Limits;
import dev.sandkeep.spi.StopOutcome;
import dev.sandkeep.spi.contract.ProviderFixture.Ran;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * Setup scripts that mean harm, or go badly wrong: each ends with a clear result, harms nothing outside, leaves nothing behind, and
 * what it left in the compute can be captured, looked at, started from as far as there is something to start, and removed.
 */
interface HostileSetupRules extends ProviderRules {
    /** Stops and captures what a script left, and removes the compute: by that, nothing of it may be left on the host. */
    private ImageId capturedAndGone(ComputeId id) {
        assertThat(host().provider().stop(id, Duration.ofSeconds(2))).isNotInstanceOf(StopOutcome.Missing.class);
        ImageId image = host().newImage();
        assertThat(host().provider().capture(id, image)).isInstanceOf(CaptureOutcome.Captured.class);
        assertThat(host().provider().destroy(id)).isEqualTo(DestroyOutcome.DESTROYED);
        assertThat(host().resourcesOf(id)).isEmpty();
        return image;
    }

    private long pathsIn(ImageId image) {
        return expect(
                        ChangesOutcome.Visited.class,
                        host().provider().visitChanges(image, file -> ChangeVisitor.Next.CONTINUE))
                .paths();
    }

    @Test
    default void a_fork_bomb_ends_with_the_compute_and_what_it_left_can_be_captured() {
        ComputeId id = host().newCompute();
        host().start(host().limited(host().spec(id), Limits.ofMebibytes(256, 1, 100, 1024)));
        ImageId image;
        try (ExecProcess bomb = host().exec(
                        id,
                        "sh",
                        "-c",
                        "echo before > /opt/before; echo begun; b() { b | b & }; while :; do b; done 2> /dev/null")) {
            awaitLine(bomb, "begun");
            image = capturedAndGone(id);
        }

        assertThat(host().sh(host().startedFrom(image), "cat /opt/before; ls /proc | grep -c '^[0-9]'"))
                .matches("before\n[1-9]");
    }

    @Test
    default void scripts_that_fill_the_disk_or_make_files_without_end_are_ended_and_the_rest_of_the_host_goes_on() {
        ComputeId id = host().newCompute();
        host().start(host().limited(host().spec(id), Limits.ofMebibytes(256, 2, 64, 64)));
        ComputeId swarm = host().newCompute();
        host().start(host().limited(host().spec(swarm), Limits.ofMebibytes(256, 2, 64, 64)));
        ComputeId neighbour = host().started();
        try (ExecProcess maker = host().exec(swarm, "perl", "-e", """
                        for (my $i = 0; ; $i++) { open(my $f, ">", "/opt/$i") or exit 7;
                          select(undef, undef, undef, 0.05) if $i % 500 == 0; }""");
                ExecProcess writer = host().exec(
                                id,
                                "sh",
                                "-c",
                                "i=0; while [ $i -lt 300 ]; do head -c 4194304 /dev/zero > /opt/full-$i || exit 7; i=$((i+1)); sleep 0.1; done; sleep 600")) {
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(endedFor("disk_limit_exceeded", id, writer))
                            .isTrue());
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(endedFor("file_limit_exceeded", swarm, maker))
                            .isTrue());
        }

        assertThat(host().sh(neighbour, "echo alive > /opt/alive; cat /opt/alive"))
                .isEqualTo("alive");
        assertThat(host().provider().destroy(swarm)).isEqualTo(DestroyOutcome.DESTROYED);
        ImageId image = capturedAndGone(id);
        assertThat(host().sh(host().startedFrom(image), "test -s /opt/full-0 && echo there"))
                .isEqualTo("there");
    }

    private boolean endedFor(String cause, ComputeId id, ExecProcess writer) throws InterruptedException {
        return switch (host().provider().inspect(id)) {
            case InspectOutcome.Stopped stopped -> stopped.cause().equals(cause);
            case InspectOutcome.Running running ->
                writer.waitFor(Duration.ofMillis(50)).orElse(0) == 7;
            case InspectOutcome.Missing missing -> false;
        };
    }

    /** As many as the default limits allow; more of them end the compute. */
    @Test
    default void very_many_small_files_are_captured_as_fast_as_few() {
        int each = Patience.fewer(10_000);
        ComputeId many = host().started();
        assertThat(host().sh(many, """
                        perl -e 'for my $d (1 .. 20) { mkdir "/opt/$d" or die $!;
                          for (1 .. %d) { open(my $f, ">", "/opt/$d/$_") or die $!; } } print "done"'""".formatted(each))).isEqualTo("done");
        host().stop(many);
        ImageId image = host().newImage();
        long begin = System.nanoTime();

        assertThat(host().provider().capture(many, image)).isInstanceOf(CaptureOutcome.Captured.class);

        assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Patience.seconds(30));
        assertThat(host().provider().destroy(many)).isEqualTo(DestroyOutcome.DESTROYED);
        assertThat(pathsIn(image)).isBetween(20L * each + 20, 20L * each + 60);
        assertThat(host().sh(host().startedFrom(image), "ls /opt/20 | wc -l")).isEqualTo(Integer.toString(each));
    }

    @Test
    default void daemons_that_a_script_left_behind_write_into_no_image_and_run_in_none() {
        ComputeId id = host().started();
        assertThat(host().run(id, "sh", "-c", """
                        echo 0 > /opt/count
                        (trap '' TERM HUP INT; setsid sh -c 'trap "" TERM HUP INT; exec 0<&- 1<&- 2<&-
                          i=0; while :; do i=$((i+1)); echo $i > /opt/count; done' & )
                        exit 0""").exitCode()).isZero();
        await().atMost(PATIENCE).until(() -> !host().sh(id, "cat /opt/count").matches("0?"));

        assertThat(host().provider().stop(id, Duration.ofMillis(200))).isEqualTo(new StopOutcome.Stopped(true));
        ImageId image = host().newImage();
        host().provider().capture(id, image);
        assertThat(host().resourcesOf(id)).noneMatch(it -> it.kind() == HostResource.Kind.PROCESS);

        String first = host().sh(host().startedFrom(image), "cat /opt/count");
        assertThat(first).matches("[0-9]*");
        assertThat(host().sh(
                                host().startedFrom(image),
                                "sleep 0.3; cat /opt/count; ps ax 2> /dev/null | grep -c count || true"))
                .startsWith(first);
        host().provider().destroy(id);
        assertThat(host().sh(host().startedFrom(image), "cat /opt/count")).isEqualTo(first);
    }

    @Test
    default void what_is_mounted_in_a_sandbox_cannot_be_unmounted_or_changed_by_it() {
        ComputeId id = host().newCompute();
        host().start(host().withRunFiles(host().spec(id), Map.of("note", "from outside")));

        Ran ran = host().run(id, "sh", "-c", """
                for m in $(awk '{print $5}' /proc/self/mountinfo); do
                  umount "$m" 2> /dev/null && echo "unmounted $m"
                  umount -l "$m" 2> /dev/null && echo "unmounted lazily $m"
                  mount -o remount,rw "$m" 2> /dev/null && echo "remounted $m"
                  mount --move "$m" /mnt 2> /dev/null && echo "moved $m"
                  mount --bind / "$m" 2> /dev/null && echo "covered $m"
                done
                pivot_root . . 2> /dev/null && echo pivoted
                rm -f /run/sandkeep/note 2> /dev/null && test ! -e /run/sandkeep/note && echo "removed the note"
                true""");

        assertThat(ran.text()).isEmpty();
        assertThat(host().sh(id, "cat /run/sandkeep/note; test -e /proc/self/status && echo proc"))
                .isEqualTo("from outsideproc");
        ImageId image = capturedAndGone(id);
        List<String> inside = new ArrayList<>();
        host().provider().visitChanges(image, file -> {
            inside.add(file.path().toString());
            return ChangeVisitor.Next.CONTINUE;
        });
        assertThat(inside)
                .noneMatch(path -> path.startsWith("/proc/") || path.startsWith("/sys/") || path.endsWith("/note"));
    }

    @Test
    default void files_cannot_be_made_immutable() {
        ComputeId id = host().started();

        assertThat(host().sh(id, """
                        cd /opt; echo x > file; mkdir dir
                        for flag in 0x10 0x20; do for name in file dir; do perl -e '
                          open(my $f, "<", $ARGV[0]) or die $!; my $flags = pack("L", hex($ARGV[1]));
                          print ioctl($f, 0x40086602, $flags) ? "set\\n" : "refused\\n"' $name $flag; done; done
                        chattr +i file 2> /dev/null && echo set || true""")).isEqualTo("refused\nrefused\nrefused\nrefused");

        ImageId image = capturedAndGone(id);
        assertThat(host().sh(host().startedFrom(image), "rm -r /opt/file /opt/dir && echo gone"))
                .isEqualTo("gone");
    }

    @Test
    default void names_that_are_no_text_and_links_to_the_top_are_captured_and_followed_by_nobody() {
        ComputeId id = host().started();
        host().sh(id, """
                cd /opt; printf x > "$(printf 'line\\nbreak')"; printf y > "$(printf '\\377\\376')"; printf z > "$(printf 'esc\\033[2J')"
                ln -s / top; ln -s /proc/1/root host; ln -s ../../../../../../../.. up
                rm -rf /srv; ln -s / /srv; rm -rf /media; ln -s /tmp /media; touch /media/through""");

        ImageId image = capturedAndGone(id);

        assertThat(
                        host().sh(
                                        host().startedFrom(image),
                                        "cd /opt; cat \"$(printf 'line\\nbreak')\" \"$(printf '\\377\\376')\"; ls | wc -l; readlink top up /srv"))
                .isEqualTo("xy7\n/\n../../../../../../../..\n/");
        assertThat(host().provider().readImageFile(image, FilePath.of("/srv/etc/passwd"), 10))
                .isInstanceOf(ImageFileOutcome.NotAFile.class);
        assertThat(pathsIn(image)).isLessThan(40);
        assertThat(host().provider().deleteImage(image)).isInstanceOf(DeleteImageOutcome.InUse.class);
    }

    @Test
    default void a_sparse_terabyte_stays_sparse() {
        ComputeId id = host().started();
        host().sh(
                        id,
                        "truncate -s 1T /opt/sparse; printf end | dd of=/opt/sparse bs=1 seek=$((1 << 39)) conv=notrunc status=none");

        ImageId image = capturedAndGone(id);

        ImageUsage usage = host().provider().imageUsage(image, 1).orElseThrow();
        assertThat(usage.ownBytes()).isLessThan(1 << 20);
        assertThat(host().sh(
                                host().startedFrom(image),
                                "stat -c %s /opt/sparse; dd if=/opt/sparse bs=1 skip=$((1 << 39)) count=3 status=none"))
                .isEqualTo("1099511627776\nend");
        long begin = System.nanoTime();
        assertThat(host().provider().diffImages(host().smallImage(), image, 10, 1))
                .isPresent();
        host().provider().visitChanges(image, file -> {
            assertThat(ImageContentRules.Notes.start(file, 16)).hasSizeLessThanOrEqualTo(16);
            return ChangeVisitor.Next.CONTINUE;
        });
        assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Patience.seconds(10));
    }

    @Test
    default void an_image_without_its_programs_starts_and_says_that_they_are_not_there() {
        ComputeId id = host().started();
        host().run(id, "rm", "-rf", "/bin", "/usr/bin", "/sbin", "/usr/sbin");
        assertThat(host().run(id, "sh", "-c", "true").exitCode()).isEqualTo(127);

        ImageId image = capturedAndGone(id);

        ComputeId later = host().startedFrom(image);
        assertThat(host().run(later, "sh", "-c", "true").exitCode()).isEqualTo(127);
        assertThat(host().provider().inspect(later)).isInstanceOf(InspectOutcome.Running.class);
        assertThat(host().sh(host().started(), "ls /bin/sh")).isEqualTo("/bin/sh");
    }

    @Test
    default void a_script_that_removes_everything_removes_only_its_own() {
        ComputeId neighbour = host().started();
        ComputeId id = host().started();
        host().run(id, "rm", "-rf", "--no-preserve-root", "/");

        ImageId image = capturedAndGone(id);

        assertThat(host().sh(neighbour, "cat /etc/debian_version > /dev/null && ls /usr/bin/env"))
                .isEqualTo("/usr/bin/env");
        assertThat(host().sh(host().started(), "ls /usr/bin/env")).isEqualTo("/usr/bin/env");
        ComputeId later = host().startedFrom(image);
        // Neither the program nor the working directory is there; which of them is told of is the runtime's choice.
        assertThat(host().run(later, "/bin/sh", "-c", "true").exitCode()).isIn(126, 127);
    }
}
