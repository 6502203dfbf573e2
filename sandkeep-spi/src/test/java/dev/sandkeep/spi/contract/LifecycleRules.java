package dev.sandkeep.spi.contract;

import static dev.sandkeep.spi.contract.Outcomes.expect;
import static dev.sandkeep.spi.contract.ProviderFixture.PATIENCE;
import static dev.sandkeep.spi.contract.ProviderFixture.atOnce;
import static dev.sandkeep.spi.contract.ProviderFixture.awaitLine;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.sandkeep.spi.CaptureOutcome;
import dev.sandkeep.spi.ComputeId;
import dev.sandkeep.spi.ComputeSpec;
import dev.sandkeep.spi.DestroyOutcome;
import dev.sandkeep.spi.ExecOutcome;
import dev.sandkeep.spi.ExecProcess;
import dev.sandkeep.spi.ExecSpec;
import dev.sandkeep.spi.ImageDescription;
import dev.sandkeep.spi.ImageId;
import dev.sandkeep.spi.InspectOutcome;
import dev.sandkeep.spi.ProviderException;
import dev.sandkeep.spi.RunningCompute;
import dev.sandkeep.spi.StartOutcome;
import dev.sandkeep.spi.StopOutcome;
import dev.sandkeep.spi.VolumeId;
import dev.sandkeep.spi.VolumeMount;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Start, inspect, stop, destroy, and the files under {@code /run/sandkeep}. */
interface LifecycleRules extends ProviderRules {
    @Test
    default void a_started_compute_runs_and_is_listed() {
        ComputeId id = host().newCompute();
        Instant before = Instant.now();

        StartOutcome.Started started =
                expect(StartOutcome.Started.class, host().provider().start(host().spec(id)));

        assertThat(started.adopted()).isFalse();
        assertThat(started.compute().id()).isEqualTo(id);
        assertThat(started.compute().startedAt())
                .isBetween(before.minusSeconds(2), Instant.now().plusSeconds(2));
        assertThat(host().provider().inspect(id)).isEqualTo(new InspectOutcome.Running(started.compute()));
        assertThat(host().provider().listComputes()).contains(id);
        assertThat(host().resourcesOf(id)).isNotEmpty();
        assertThat(host().sh(id, "echo $GREETING")).isEqualTo("hello");
    }

    @Test
    default void starting_what_runs_adopts_it_whatever_the_rest_of_the_specification_says() {
        ComputeId id = host().newCompute();
        RunningCompute first = host().start(host().spec(id));
        host().sh(id, "echo here > /tmp/mark");
        ComputeSpec other = new ComputeSpec(
                id,
                new ImageId("no_such_image"),
                ProviderFixture.SMALL,
                Map.of("GREETING", "bye"),
                List.of(),
                Map.of());

        assertThat(host().provider().start(other)).isEqualTo(new StartOutcome.Started(first, true));

        assertThat(host().sh(id, "cat /tmp/mark; echo $GREETING")).isEqualTo("here\nhello");
    }

    @Test
    default void a_compute_that_has_ended_does_not_start_again() {
        ComputeId id = host().started();
        host().stop(id);

        assertThatThrownBy(() -> host().provider().start(host().spec(id)))
                .isInstanceOfSatisfying(
                        ProviderException.class,
                        thrown -> assertThat(thrown.kind()).isEqualTo(ProviderException.Kind.FAULT));

        assertThat(host().provider().inspect(id)).isInstanceOf(InspectOutcome.Stopped.class);
    }

    @Test
    default void a_destroyed_generation_may_start_anew_from_the_image() {
        ComputeId id = host().started();
        host().sh(id, "echo old > /opt/mark");
        host().provider().destroy(id);

        host().start(host().spec(id));

        assertThat(host().run(id, "test", "-e", "/opt/mark").exitCode()).isEqualTo(1);
    }

    @Test
    default void a_generation_below_the_newest_seen_is_fenced_even_when_that_one_is_gone() {
        ComputeId first = host().newCompute();
        ComputeId second = host().next(first);
        host().start(host().spec(second));

        assertThat(host().provider().start(host().spec(first))).isEqualTo(new StartOutcome.Fenced(2));
        assertThat(host().provider().inspect(first)).isEqualTo(new InspectOutcome.Missing());

        host().provider().destroy(second);
        assertThat(host().provider().start(host().spec(first))).isEqualTo(new StartOutcome.Fenced(2));
    }

    @Test
    default void calls_touch_only_the_generation_that_they_name() {
        ComputeId first = host().started();
        ComputeId second = host().next(first);
        host().stop(first);
        host().start(host().spec(second));

        assertThat(host().provider().destroy(first)).isEqualTo(DestroyOutcome.DESTROYED);

        assertThat(host().provider().inspect(second)).isInstanceOf(InspectOutcome.Running.class);
        assertThat(host().sh(second, "echo alive")).isEqualTo("alive");
        assertThat(host().provider().stop(first, Duration.ZERO)).isEqualTo(new StopOutcome.Missing());
    }

    @Test
    default void a_missing_image_is_an_answer_and_leaves_nothing() {
        ComputeId id = host().newCompute();
        ImageId image = new ImageId("no_such_image");

        assertThat(host().provider().start(host().spec(id, image))).isEqualTo(new StartOutcome.ImageMissing(image));

        assertThat(host().provider().inspect(id)).isEqualTo(new InspectOutcome.Missing());
        assertThat(host().provider().listComputes()).doesNotContain(id);
        assertThat(host().resourcesOf(id)).isEmpty();
    }

    @Test
    default void of_a_compute_that_never_was_every_method_says_so() {
        ComputeId id = host().newCompute();
        ImageId image = host().newImage();

        assertThat(host().provider().inspect(id)).isEqualTo(new InspectOutcome.Missing());
        assertThat(host().provider().exec(id, ExecSpec.of("true"))).isEqualTo(new ExecOutcome.NotRunning());
        assertThat(host().provider().putRunFile(id, "x", "y")).isFalse();
        assertThat(host().provider().stop(id, Duration.ZERO)).isEqualTo(new StopOutcome.Missing());
        assertThat(host().provider().destroy(id)).isEqualTo(DestroyOutcome.MISSING);
        assertThat(host().provider().capture(id, image)).isEqualTo(new CaptureOutcome.Missing());
        assertThat(host().provider().listImages())
                .extracting(ImageDescription::id)
                .doesNotContain(image);
        assertThat(host().resourcesOf(id)).isEmpty();
    }

    // ---------------------------------------------------------------------------------------------------- stop

    @Test
    default void a_stop_lets_processes_end_by_themselves_and_keeps_what_they_wrote() {
        ComputeId id = host().started();
        try (ExecProcess polite = host().exec(
                        id,
                        "sh",
                        "-c",
                        "trap 'echo bye > /opt/last-words; exit 0' TERM; echo ready; while :; do sleep 0.1; done")) {
            awaitLine(polite, "ready");
            Instant before = Instant.now();

            assertThat(host().provider().stop(id, Patience.seconds(60))).isEqualTo(new StopOutcome.Stopped(false));

            assertThat(Duration.between(before, Instant.now())).isLessThan(Patience.seconds(50));
        }
        assertThat(host().provider().inspect(id)).isInstanceOf(InspectOutcome.Stopped.class);
        assertThat(host().provider().listComputes()).contains(id);
        assertThat(host().provider().stop(id, Duration.ZERO)).isEqualTo(new StopOutcome.AlreadyStopped());

        ImageId image = host().newImage();
        assertThat(host().provider().capture(id, image)).isInstanceOf(CaptureOutcome.Captured.class);
        assertThat(host().sh(host().startedFrom(image), "cat /opt/last-words")).isEqualTo("bye");
    }

    @Test
    default void what_ignores_the_request_to_end_is_killed_after_the_grace_time() throws InterruptedException {
        ComputeId id = host().started();
        try (ExecProcess stubborn =
                host().exec(id, "sh", "-c", "trap '' TERM; echo ready; while :; do sleep 0.1; done")) {
            awaitLine(stubborn, "ready");
            Instant before = Instant.now();

            assertThat(host().provider().stop(id, Duration.ofSeconds(1))).isEqualTo(new StopOutcome.Stopped(true));

            assertThat(Duration.between(before, Instant.now())).isGreaterThanOrEqualTo(Duration.ofSeconds(1));
            assertThat(stubborn.waitFor(PATIENCE)).hasValue(137);
        }
    }

    @Test
    default void after_a_stop_nothing_is_written_any_more() throws Exception {
        ComputeId id = host().newCompute();
        VolumeId volume = host().newVolume(id.sandbox(), "/srv/log");
        VolumeMount mount = host().attach(volume, id).getFirst();
        host().start(host().persisting(host().spec(id), List.of(mount)));
        try (ExecProcess writer = host().exec(
                        id,
                        "sh",
                        "-c",
                        "trap '' TERM HUP; (while :; do echo tick >> /srv/log/ticks; done) & "
                                + "while [ ! -s /srv/log/ticks ]; do sleep 0.05; done; echo writing; wait")) {
            awaitLine(writer, "writing");

            host().provider().stop(id, Duration.ZERO);

            Path ticks = mount.upper().resolve("ticks");
            long size = Files.size(ticks);
            await().during(Duration.ofMillis(400))
                    .atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(ticks).hasSize(size));
        }
    }

    @Test
    default void a_compute_killed_from_outside_is_found_stopped() throws Exception {
        ComputeId id = host().started();

        killFromOutside(id);

        await().atMost(PATIENCE)
                .untilAsserted(
                        () -> assertThat(host().provider().inspect(id)).isInstanceOf(InspectOutcome.Stopped.class));
        assertThat(host().provider().exec(id, ExecSpec.of("true"))).isEqualTo(new ExecOutcome.NotRunning());
        assertThat(host().provider().putRunFile(id, "x", "y")).isFalse();
        assertThat(host().provider().stop(id, Duration.ZERO)).isEqualTo(new StopOutcome.AlreadyStopped());
        assertThat(host().provider().destroy(id)).isEqualTo(DestroyOutcome.DESTROYED);
    }

    // -------------------------------------------------------------------------------------------------- destroy

    @Test
    default void destroying_what_runs_leaves_nothing_of_it() {
        ComputeId id = host().started();
        ComputeId other = host().started();

        assertThat(host().provider().destroy(id)).isEqualTo(DestroyOutcome.DESTROYED);

        assertThat(host().resourcesOf(id)).isEmpty();
        assertThat(host().provider().inspect(id)).isEqualTo(new InspectOutcome.Missing());
        assertThat(host().provider().listComputes()).doesNotContain(id).contains(other);
        assertThat(host().provider().destroy(id)).isEqualTo(DestroyOutcome.MISSING);
        assertThat(host().sh(other, "echo alive")).isEqualTo("alive");
    }

    @Test
    default void destroying_what_has_stopped_leaves_nothing_of_it() {
        ComputeId id = host().started();
        host().stop(id);

        assertThat(host().provider().destroy(id)).isEqualTo(DestroyOutcome.DESTROYED);

        assertThat(host().resourcesOf(id)).isEmpty();
    }

    // ---------------------------------------------------------------------------------------------- many at once

    @Test
    default void of_many_who_start_the_same_compute_at_once_one_starts_it_and_the_others_adopt_it() {
        ComputeId id = host().newCompute();

        List<StartOutcome> outcomes = atOnce(Collections.<Callable<StartOutcome>>nCopies(
                8, () -> host().provider().start(host().spec(id))));

        List<StartOutcome.Started> started = outcomes.stream()
                .map(outcome -> expect(StartOutcome.Started.class, outcome))
                .toList();
        assertThat(started)
                .extracting(StartOutcome.Started::compute)
                .containsOnly(started.getFirst().compute());
        assertThat(started).filteredOn(it -> !it.adopted()).hasSize(1);
        assertThat(host().provider().listComputes()).containsOnlyOnce(id);
    }

    @Test
    default void ten_computes_start_run_and_end_at_once() {
        List<ComputeId> ids =
                IntStream.range(0, 10).mapToObj(any -> host().newCompute()).toList();

        List<String> answers = atOnce(ids.stream()
                .<Callable<String>>map(id -> () -> {
                    host().start(host().spec(id));
                    return host().sh(id, "echo " + id + " > /opt/name; cat /opt/name");
                })
                .toList());
        List<DestroyOutcome> ends = atOnce(ids.stream()
                .<Callable<DestroyOutcome>>map(id -> () -> host().provider().destroy(id))
                .toList());

        assertThat(answers).isEqualTo(ids.stream().map(ComputeId::name).toList());
        assertThat(ends).containsOnly(DestroyOutcome.DESTROYED);
        assertThat(host().provider().listComputes()).doesNotContainAnyElementsOf(ids);
    }

    @Test
    default void of_many_who_destroy_the_same_compute_at_once_one_does_it() {
        ComputeId id = host().started();

        List<DestroyOutcome> outcomes = atOnce(Collections.<Callable<DestroyOutcome>>nCopies(
                4, () -> host().provider().destroy(id)));

        assertThat(outcomes).filteredOn(DestroyOutcome.DESTROYED::equals).hasSize(1);
        assertThat(host().resourcesOf(id)).isEmpty();
    }

    // --------------------------------------------------------------------------------------- files for the sandbox

    @Test
    default void run_files_are_shown_to_be_read_only() {
        ComputeId id = host().newCompute();
        host().start(host().withRunFiles(host().spec(id), Map.of("lifecycle.json", "{\"generation\":1}\n")));

        assertThat(host().sh(id, "cat /run/sandkeep/lifecycle.json")).isEqualTo("{\"generation\":1}");
        assertThat(host().run(id, "sh", "-c", "echo x > /run/sandkeep/lifecycle.json")
                        .exitCode())
                .isNotZero();
        assertThat(host().run(id, "sh", "-c", "echo x > /run/sandkeep/other").exitCode())
                .isNotZero();
        assertThat(host().run(id, "rm", "/run/sandkeep/lifecycle.json").exitCode())
                .isNotZero();
        assertThat(host().sh(id, "cat /run/sandkeep/lifecycle.json")).isEqualTo("{\"generation\":1}");
    }

    @Test
    default void a_run_file_can_be_replaced_and_added_while_it_runs() {
        ComputeId id = host().newCompute();
        host().start(host().withRunFiles(host().spec(id), Map.of("a", "one")));

        assertThat(host().provider().putRunFile(id, "a", "two, which is longer"))
                .isTrue();
        assertThat(host().provider().putRunFile(id, "b", "new ü\n")).isTrue();

        assertThat(host().sh(id, "cat /run/sandkeep/a; echo; cat /run/sandkeep/b; ls /run/sandkeep"))
                .isEqualTo("two, which is longer\nnew ü\na\nb");
        host().stop(id);
        assertThat(host().provider().putRunFile(id, "a", "three")).isFalse();
    }

    @Test
    default void a_reader_never_sees_half_of_a_run_file() {
        ComputeId id = host().newCompute();
        List<String> contents = List.of("a".repeat(200_000), "b".repeat(150_000));
        host().start(host().withRunFiles(host().spec(id), Map.of("big", contents.getFirst())));
        try (ExecProcess reader = host().exec(
                        id,
                        "sh",
                        "-c",
                        "echo ready; while [ ! -e /tmp/enough ]; do cksum < /run/sandkeep/big; done | sort | uniq -c | wc -l")) {
            awaitLine(reader, "ready");
            for (int i = 0; i < 100; i++) {
                host().provider().putRunFile(id, "big", contents.get(i % 2));
            }
            host().sh(id, "touch /tmp/enough");
            awaitLine(reader, "2");
        }
    }
}
