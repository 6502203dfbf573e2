package dev.sandkeep.spi.contract;

import static dev.sandkeep.spi.contract.Outcomes.expect;
import static dev.sandkeep.spi.contract.ProviderFixture.atOnce;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sandkeep.spi.CaptureOutcome;
import dev.sandkeep.spi.ComputeId;
import dev.sandkeep.spi.DeleteImageOutcome;
import dev.sandkeep.spi.DestroyOutcome;
import dev.sandkeep.spi.ExecOutcome;
import dev.sandkeep.spi.ExecSpec;
import dev.sandkeep.spi.ImageDescription;
import dev.sandkeep.spi.ImageId;
import dev.sandkeep.spi.InspectOutcome;
import dev.sandkeep.spi.ProviderException;
import dev.sandkeep.spi.StartOutcome;
import dev.sandkeep.spi.StopOutcome;
import dev.sandkeep.spi.VolumeId;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;

/** Capture, list and delete images, and what a compute sees of the image that it starts from. */
interface ImageRules extends ProviderRules {
    @Test
    default void what_a_stopped_compute_wrote_becomes_an_image_on_top_of_its_own() {
        ComputeId id = host().started();
        host().sh(id, "echo setup > /opt/setup");
        host().stop(id);
        ImageId image = host().newImage();
        Instant before = Instant.now();

        CaptureOutcome.Captured captured =
                expect(CaptureOutcome.Captured.class, host().provider().capture(id, image));

        assertThat(captured.repeated()).isFalse();
        assertThat(captured.image().id()).isEqualTo(image);
        assertThat(captured.image().parent()).contains(host().smallImage());
        assertThat(captured.image().createdAt())
                .isBetween(before.minusSeconds(2), Instant.now().plusSeconds(2));
        assertThat(host().provider().listImages()).contains(captured.image());
        assertThat(host().sh(host().startedFrom(image), "cat /opt/setup")).isEqualTo("setup");
    }

    @Test
    default void capturing_again_changes_nothing_even_when_the_compute_is_gone() {
        ComputeId id = host().started();
        host().stop(id);
        ImageId image = host().newImage();
        ImageDescription first = expect(
                        CaptureOutcome.Captured.class, host().provider().capture(id, image))
                .image();

        assertThat(host().provider().capture(id, image)).isEqualTo(new CaptureOutcome.Captured(first, true));
        host().provider().destroy(id);
        assertThat(host().provider().capture(id, image)).isEqualTo(new CaptureOutcome.Captured(first, true));
    }

    @Test
    default void of_many_who_capture_at_once_one_makes_the_image() {
        ComputeId id = host().started();
        host().stop(id);
        ImageId image = host().newImage();

        List<CaptureOutcome> outcomes = atOnce(Collections.<Callable<CaptureOutcome>>nCopies(
                4, () -> host().provider().capture(id, image)));

        assertThat(outcomes)
                .filteredOn(it -> !expect(CaptureOutcome.Captured.class, it).repeated())
                .hasSize(1);
    }

    @Test
    default void what_runs_is_not_captured() {
        ComputeId id = host().started();
        ImageId image = host().newImage();

        assertThat(host().provider().capture(id, image)).isEqualTo(new CaptureOutcome.StillRunning());

        assertThat(host().provider().listImages())
                .extracting(ImageDescription::id)
                .doesNotContain(image);
        assertThat(host().sh(id, "echo alive")).isEqualTo("alive");
    }

    @Test
    default void a_captured_compute_can_only_be_destroyed_and_the_image_stays() {
        ComputeId id = host().started();
        host().sh(id, "echo kept > /opt/kept");
        host().stop(id);
        ImageId image = host().newImage();
        host().provider().capture(id, image);

        assertThat(host().provider().inspect(id)).isInstanceOf(InspectOutcome.Stopped.class);
        assertThat(host().provider().exec(id, ExecSpec.of("true"))).isEqualTo(new ExecOutcome.NotRunning());
        assertThat(host().provider().stop(id, Duration.ZERO)).isEqualTo(new StopOutcome.AlreadyStopped());
        assertThatThrownBy(() -> host().provider().start(host().spec(id))).isInstanceOf(ProviderException.class);
        assertThat(host().provider().destroy(id)).isEqualTo(DestroyOutcome.DESTROYED);
        assertThat(host().resourcesOf(id)).isEmpty();

        assertThat(host().sh(host().startedFrom(image), "cat /opt/kept")).isEqualTo("kept");
    }

    @Test
    default void a_compute_that_wrote_nothing_can_be_captured() {
        ComputeId id = host().started();

        ImageId image = host().captured(id);

        assertThat(host().sh(host().startedFrom(image), "echo fine")).isEqualTo("fine");
    }

    // ------------------------------------------------------------------------------------------- what an image holds

    @Test
    default void every_attribute_of_every_file_survives_capture_and_start() {
        ComputeId id = host().started();
        host().sh(id, NastyTree.make("/opt/nasty"));
        String before = host().describe(id, "/opt/nasty");

        ImageId image = host().captured(id);

        assertThat(host().describe(host().startedFrom(image), "/opt/nasty")).isEqualTo(before);
    }

    @Test
    default void files_of_the_image_below_stay_deleted_replaced_and_moved() {
        ImageId base = host().prepared("""
                mkdir -p /opt/t/gone /opt/t/replaced /opt/t/moved /opt/t/tofile /opt/t/kept
                for d in gone replaced moved tofile kept; do echo old > /opt/t/$d/file; done
                echo old > /opt/t/file; echo old > /opt/t/todir; echo old > /opt/t/changed""");
        ComputeId id = host().startedFrom(base);
        host().sh(id, """
                set -e; cd /opt/t
                rm -r gone file tofile todir
                rm -r replaced; mkdir replaced; echo new > replaced/other
                mv moved elsewhere
                echo new > tofile; mkdir todir; echo new > todir/file
                echo more >> changed; echo new > kept/second""");
        String seen = "cd /opt/t; find . -type f -exec grep -H '' {} + | sort; find . -type d | sort";
        String before = host().sh(id, seen);

        ComputeId later = host().startedFrom(host().captured(id));

        assertThat(host().sh(later, seen)).isEqualTo(before);
        assertThat(before).isEqualTo("""
                        ./changed:more
                        ./changed:old
                        ./elsewhere/file:old
                        ./kept/file:old
                        ./kept/second:new
                        ./replaced/other:new
                        ./todir/file:new
                        ./tofile:new
                        .
                        ./elsewhere
                        ./kept
                        ./replaced
                        ./todir""");
        assertThat(host().sh(host().startedFrom(base), "cat /opt/t/gone/file /opt/t/file"))
                .isEqualTo("old\nold");
    }

    @Test
    default void images_stack_many_deep() {
        ImageId image = host().smallImage();
        for (int level = 1; level <= 6; level++) {
            ComputeId id = host().startedFrom(image);
            host().sh(
                            id,
                            "mkdir -p /opt/s; echo " + level + " > /opt/s/newest; echo x > /opt/s/at-" + level
                                    + "; rm -f /opt/s/at-" + (level - 2));
            image = host().captured(id);
        }

        assertThat(host().sh(host().startedFrom(image), "cat /opt/s/newest; ls /opt/s"))
                .isEqualTo("6\nat-5\nat-6\nnewest");
    }

    @Test
    default void what_runs_on_an_image_does_not_change_it() {
        ImageId image = host().prepared("echo prepared > /opt/file");
        ComputeId first = host().startedFrom(image);
        ComputeId second = host().startedFrom(image);

        host().sh(first, "echo mine > /opt/file; rm /etc/passwd; chmod 700 /opt");

        assertThat(host().sh(second, "cat /opt/file; test -e /etc/passwd && stat -c %a /opt"))
                .isEqualTo("prepared\n755");
        assertThat(host().sh(host().startedFrom(image), "cat /opt/file; test -e /etc/passwd && stat -c %a /opt"))
                .isEqualTo("prepared\n755");
    }

    @Test
    default void persisted_paths_are_not_part_of_the_image() {
        ComputeId id = host().newCompute();
        VolumeId volume = host().newVolume(id.sandbox(), "/srv/kept");
        host().startedWith(id, host().smallImage(), volume);
        host().sh(id, "echo durable > /srv/kept/file; echo image > /opt/file");

        ComputeId later = host().startedFrom(host().captured(id));

        assertThat(host().sh(later, "cat /opt/file; ls /srv/kept 2> /dev/null || true"))
                .isEqualTo("image");
    }

    // ------------------------------------------------------------------------------------------------------ delete

    @Test
    default void an_image_in_use_is_not_deleted() {
        ImageId parent = host().prepared("echo x > /opt/x");
        ComputeId id = host().startedFrom(parent);

        assertThat(host().provider().deleteImage(parent)).isEqualTo(new DeleteImageOutcome.InUse(id.name()));
        ImageId child = host().newImage();
        host().stop(id);
        assertThat(host().provider().deleteImage(parent)).isEqualTo(new DeleteImageOutcome.InUse(id.name()));
        host().provider().capture(id, child);
        host().provider().destroy(id);
        assertThat(host().provider().deleteImage(parent)).isEqualTo(new DeleteImageOutcome.InUse(child.value()));

        assertThat(host().sh(host().startedFrom(child), "cat /opt/x")).isEqualTo("x");
    }

    @Test
    default void a_deleted_image_is_gone() {
        ImageId parent = host().prepared("echo x > /opt/x");
        ComputeId id = host().startedFrom(parent);
        ImageId child = host().captured(id);

        assertThat(host().provider().deleteImage(child)).isEqualTo(new DeleteImageOutcome.Deleted());
        assertThat(host().provider().deleteImage(child)).isEqualTo(new DeleteImageOutcome.Missing());
        assertThat(host().provider().deleteImage(parent)).isEqualTo(new DeleteImageOutcome.Deleted());

        assertThat(host().provider().listImages())
                .extracting(ImageDescription::id)
                .doesNotContain(parent, child)
                .contains(host().smallImage());
        assertThat(host().provider().start(host().spec(host().newCompute(), parent)))
                .isEqualTo(new StartOutcome.ImageMissing(parent));
    }

    @Test
    default void images_know_what_they_stand_on() {
        ImageId parent = host().prepared("echo x > /opt/x");
        ImageId child = host().captured(host().startedFrom(parent));

        assertThat(host().provider().listImages())
                .filteredOn(image -> image.id().equals(child))
                .extracting(ImageDescription::parent)
                .containsExactly(Optional.of(parent));
    }
}
