package dev.sandkeep.spi.contract;

import static dev.sandkeep.spi.contract.Outcomes.expect;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sandkeep.spi.ComputeId;
import dev.sandkeep.spi.IdRange;
import dev.sandkeep.spi.ImageId;
import dev.sandkeep.spi.InspectOutcome;
import dev.sandkeep.spi.StartOutcome;
import dev.sandkeep.spi.VolumeId;
import dev.sandkeep.spi.VolumeMount;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Persisted paths: a provider and a volume backend together. */
interface PersistedPathRules extends ProviderRules {
    /** What a setup script leaves under paths that are persisted. */
    String PREPARED = """
            set -e
            echo prepared > /root/prepared; mkdir /root/tools; echo tool > /root/tools/tool; chmod 700 /root
            mkdir -p /srv/data/inner; chown -R 1000:1001 /srv/data; chmod 2750 /srv/data
            touch -d '2003-04-05 06:07:08.123456789 UTC' /srv/data
            echo file > /srv/file; ln -s /srv/data /srv/link; ln -s /etc /srv/escape""";

    @Test
    default void the_first_attach_shows_what_the_image_prepared_and_copies_nothing() throws IOException {
        ImageId image = host().prepared(PREPARED);
        ComputeId id = host().newCompute();
        VolumeId volume = host().newVolume(id.sandbox(), "/root", "/srv/data");
        List<VolumeMount> mounts = host().attach(volume, id);

        host().start(host().persisting(host().spec(id, image), mounts));

        assertThat(host().sh(id, "cat /root/prepared /root/tools/tool; ls /srv/data"))
                .isEqualTo("prepared\ntool\ninner");
        for (VolumeMount mount : mounts) {
            assertThat(mount.upper()).isEmptyDirectory();
        }
    }

    @Test
    default void the_persisted_directory_itself_looks_as_in_the_image_and_then_as_it_was_left() {
        ImageId image = host().prepared(PREPARED);
        ComputeId first = host().newCompute();
        VolumeId volume = host().newVolume(first.sandbox(), "/root", "/srv/data");
        String look = "stat -c '%a %u:%g %y' /srv/data; stat -c '%a %u:%g' /root";

        host().startedWith(first, image, volume);
        assertThat(host().sh(first, look)).isEqualTo("2750 1000:1001 2003-04-05 06:07:08.123456789 +0000\n700 0:0");
        host().sh(
                        first,
                        "chown 7:8 /srv/data; chmod 00001711 /srv/data; touch -d '2010-01-01 00:00:00.000000001 UTC' /srv/data");

        ComputeId second = host().resumed(first, image, volume);
        String left = "1711 7:8 2010-01-01 00:00:00.000000001 +0000\n700 0:0";
        assertThat(host().sh(second, look)).isEqualTo(left);
        ComputeId third = host().resumed(second, image, volume);
        assertThat(host().sh(third, look)).isEqualTo(left);
    }

    @Test
    default void what_is_written_outlives_the_compute_and_the_rest_is_back_to_the_image() {
        ImageId image = host().prepared(PREPARED);
        ComputeId first = host().newCompute();
        VolumeId volume = host().newVolume(first.sandbox(), "/root", "/etc/codex");
        host().startedWith(first, image, volume);
        host().sh(first, """
                set -e
                echo work > /root/work; echo changed > /root/prepared; rm -r /root/tools
                echo config > /etc/codex/config
                echo lost > /opt/lost; echo lost > /etc/passwd""");

        ComputeId second = host().resumed(first, image, volume);

        assertThat(host().sh(second, "cat /root/work /root/prepared /etc/codex/config; ls /root"))
                .isEqualTo("work\nchanged\nconfig\nprepared\nwork");
        assertThat(host().sh(second, "ls /opt; grep -c root: /etc/passwd")).isEqualTo("1");
    }

    @Test
    default void every_attribute_of_every_file_and_of_the_path_itself_survives_several_generations() {
        ComputeId id = host().newCompute();
        VolumeId volume = host().newVolume(id.sandbox(), "/root", "/srv/nasty");
        host().startedWith(id, host().smallImage(), volume);
        host().sh(id, NastyTree.make("/srv/nasty"));
        String before = host().describe(id, "/srv/nasty");

        for (int generation = 2; generation <= 4; generation++) {
            host().stop(id);
            host().detach(volume, id);
            host().provider().destroy(id);
            // Takes what became free, so that the next generation runs in other ids than the last.
            host().started();
            id = host().startedWith(host().next(id), host().smallImage(), volume);
            assertThat(host().describe(id, "/srv/nasty")).isEqualTo(before);
            host().sh(
                            id,
                            "echo " + generation
                                    + " > /root/generation; chmod 600 /srv/nasty/tool; chmod 644 /srv/nasty/tool");
        }
    }

    @Test
    default void what_was_deleted_or_replaced_stays_so() {
        ImageId image = host().prepared(PREPARED);
        ComputeId first = host().newCompute();
        VolumeId volume = host().newVolume(first.sandbox(), "/root");
        host().startedWith(first, image, volume);
        host().sh(first, "rm -r /root/tools; mkdir /root/tools; echo a > /root/tools/mine; echo 1 > /root/one");
        ComputeId second = host().resumed(first, image, volume);
        assertThat(host().sh(second, "ls /root/tools")).isEqualTo("mine");
        host().sh(second, "rm -r /root/tools /root/one; echo b > /root/tools");

        ComputeId third = host().resumed(second, image, volume);

        assertThat(host().sh(third, "cat /root/tools; ls /root")).isEqualTo("b\nprepared\ntools");
    }

    @Test
    default void work_survives_compute_that_is_killed_and_destroyed() throws Exception {
        ComputeId first = host().newCompute();
        VolumeId volume = host().newVolume(first.sandbox(), "/root");
        host().startedWith(first, host().smallImage(), volume);
        host().sh(first, "echo work > /root/work");

        killFromOutside(first);
        host().provider().destroy(first);
        host().detach(volume, first);
        ComputeId second = host().startedWith(host().next(first), host().smallImage(), volume);

        assertThat(host().sh(second, "cat /root/work")).isEqualTo("work");
    }

    @Test
    default void a_path_that_the_image_lacks_is_made_with_the_directories_above_it() {
        ComputeId id = host().newCompute();
        VolumeId volume = host().newVolume(id.sandbox(), "/var/lib/some/agent/state");

        host().startedWith(id, host().smallImage(), volume);

        assertThat(
                        host().sh(
                                        id,
                                        "cd /var/lib; stat -c '%n %a %u:%g' some some/agent some/agent/state; touch some/agent/state/file"))
                .isEqualTo("some 755 0:0\nsome/agent 755 0:0\nsome/agent/state 755 0:0");
        ComputeId second = host().resumed(id, host().smallImage(), volume);
        assertThat(host().sh(second, "ls /var/lib/some/agent/state")).isEqualTo("file");
    }

    @Test
    default void a_path_that_is_no_directory_in_the_image_is_refused_and_never_followed() {
        ImageId image = host().prepared(PREPARED);

        for (String path : List.of("/srv/link", "/srv/link/inner", "/srv/escape/sub", "/srv/file", "/srv/file/sub")) {
            ComputeId id = host().newCompute();
            VolumeId volume = host().newVolume(id.sandbox(), path);
            List<VolumeMount> mounts = host().attach(volume, id);

            StartOutcome.Refused refused = expect(
                    StartOutcome.Refused.class,
                    host().provider().start(host().persisting(host().spec(id, image), mounts)));

            assertThat(refused.code()).isEqualTo("persisted_path_unusable");
            assertThat(refused.reason()).contains(path);
            assertThat(host().provider().inspect(id)).isNotInstanceOf(InspectOutcome.Running.class);
            host().provider().destroy(id);
            assertThat(host().resourcesOf(id)).isEmpty();
        }
    }

    @Test
    default void files_are_stored_in_the_range_that_the_head_belongs_to() throws IOException {
        ComputeId id = host().newCompute();
        VolumeId volume = host().newVolume(id.sandbox(), "/root");
        VolumeMount mount = host().attach(volume, id).getFirst();
        host().start(host().persisting(host().spec(id), List.of(mount)));
        host().sh(id, "echo x > /root/file; chown 12:34 /root/file");

        int first = (Integer) Files.getAttribute(mount.head(), "unix:uid");

        assertThat(first % IdRange.SIZE).isZero();
        assertThat(first).isPositive();
        assertThat(Files.getAttribute(mount.head(), "unix:gid")).isEqualTo(first);
        assertThat(Files.getAttribute(mount.upper().resolve("file"), "unix:uid"))
                .isEqualTo(first + 12);
        assertThat(Files.getAttribute(mount.upper().resolve("file"), "unix:gid"))
                .isEqualTo(first + 34);
    }

    @Test
    default void many_generations_of_small_changes_add_up() {
        ComputeId id = host().newCompute();
        VolumeId volume = host().newVolume(id.sandbox(), "/root");
        host().startedWith(id, host().smallImage(), volume);
        host().sh(id, "mkdir /root/d; echo 1 > /root/d/file-1; echo 1 > /root/newest");
        host().sh(id, NastyTree.make("/root/nasty"));
        String nasty = host().describe(id, "/root/nasty");

        for (int generation = 2; generation <= 30; generation++) {
            id = host().resumed(id, host().smallImage(), volume);
            host().sh(
                            id,
                            "cd /root; echo %1$d > d/file-%1$d; echo %1$d > newest; rm -f d/file-%2$d; [ $(cat d/file-%3$d) = %3$d ]"
                                    .formatted(generation, generation - 5, generation - 1));
        }

        assertThat(host().sh(id, "cd /root; cat newest; ls d | sort -t- -k2 -n | tr '\\n' ' '"))
                .isEqualTo("30\nfile-26 file-27 file-28 file-29 file-30");
        assertThat(host().describe(id, "/root/nasty")).isEqualTo(nasty);
    }
}
