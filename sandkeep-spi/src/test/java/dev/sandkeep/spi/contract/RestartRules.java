package dev.sandkeep.spi.contract;

import static dev.sandkeep.spi.contract.Outcomes.expect;
import static dev.sandkeep.spi.contract.ProviderFixture.PATIENCE;
import static dev.sandkeep.spi.contract.ProviderFixture.atOnce;
import static dev.sandkeep.spi.contract.ProviderFixture.awaitLine;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandkeep.spi.CaptureOutcome;
import dev.sandkeep.spi.ComputeId;
import dev.sandkeep.spi.DestroyOutcome;
import dev.sandkeep.spi.ExecProcess;
import dev.sandkeep.spi.ImageId;
import dev.sandkeep.spi.InspectOutcome;
import dev.sandkeep.spi.RunningCompute;
import dev.sandkeep.spi.SandboxProvider;
import dev.sandkeep.spi.StartOutcome;
import dev.sandkeep.spi.StopOutcome;
import dev.sandkeep.spi.VolumeId;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Computes outlive the process that started them, and two processes share one host. */
interface RestartRules extends ProviderRules {
    @Test
    default void a_running_compute_is_found_used_and_destroyed_after_a_restart() {
        ComputeId id = host().newCompute();
        RunningCompute running = host().start(host().withRunFiles(host().spec(id), Map.of("a", "one")));
        host().sh(
                        id,
                        "setsid sh -c 'while :; do echo tick >> /tmp/ticks; sleep 0.05; done' > /dev/null 2>&1 < /dev/null &");

        host().restartServer();

        assertThat(host().provider().inspect(id)).isEqualTo(new InspectOutcome.Running(running));
        assertThat(host().provider().listComputes()).contains(id);
        assertThat(host().provider().start(host().spec(id))).isEqualTo(new StartOutcome.Started(running, true));
        String before = host().sh(id, "wc -l < /tmp/ticks");
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(Long.parseLong(host().sh(id, "wc -l < /tmp/ticks")))
                        .isGreaterThan(Long.parseLong(before)));
        assertThat(host().provider().putRunFile(id, "a", "two")).isTrue();
        assertThat(host().sh(id, "cat /run/sandkeep/a")).isEqualTo("two");

        assertThat(host().provider().destroy(id)).isEqualTo(DestroyOutcome.DESTROYED);
        assertThat(host().resourcesOf(id)).isEmpty();
    }

    @Test
    default void a_compute_can_be_stopped_and_captured_across_restarts() {
        ComputeId id = host().started();
        host().sh(id, "echo kept > /opt/kept");
        host().restartServer();

        assertThat(host().provider().stop(id, Duration.ofSeconds(5))).isInstanceOf(StopOutcome.Stopped.class);
        host().restartServer();

        assertThat(host().provider().inspect(id)).isInstanceOf(InspectOutcome.Stopped.class);
        ImageId image = host().newImage();
        assertThat(host().provider().capture(id, image)).isInstanceOf(CaptureOutcome.Captured.class);
        host().restartServer();
        assertThat(host().sh(host().startedFrom(image), "cat /opt/kept")).isEqualTo("kept");
    }

    @Test
    default void generations_stay_fenced_after_a_restart() {
        ComputeId first = host().newCompute();
        ComputeId second = host().next(first);
        host().start(host().spec(second));
        host().provider().destroy(second);

        host().restartServer();

        assertThat(host().provider().start(host().spec(first))).isEqualTo(new StartOutcome.Fenced(2));
    }

    @Test
    default void persisted_paths_go_on_across_a_restart() {
        ComputeId id = host().newCompute();
        VolumeId volume = host().newVolume(id.sandbox(), "/root");
        host().startedWith(id, host().smallImage(), volume);
        host().sh(id, "echo before > /root/before");

        host().restartServer();
        host().sh(id, "echo after > /root/after");
        ComputeId second = host().resumed(id, host().smallImage(), volume);

        assertThat(host().sh(second, "cat /root/before /root/after")).isEqualTo("before\nafter");
    }

    @Test
    default void two_servers_on_one_host_see_and_serve_the_same_computes() {
        ComputeId id = host().newCompute();
        try (SandboxProvider other = host().secondProvider()) {
            List<StartOutcome> outcomes =
                    atOnce(List.of(() -> host().provider().start(host().spec(id)), () -> other.start(host().spec(id))));
            assertThat(outcomes)
                    .extracting(outcome ->
                            expect(StartOutcome.Started.class, outcome).adopted())
                    .containsExactlyInAnyOrder(true, false);

            assertThat(other.inspect(id)).isEqualTo(host().provider().inspect(id));
            host().sh(id, "echo x > /tmp/x");
            assertThat(other.stop(id, Duration.ofSeconds(2))).isInstanceOf(StopOutcome.Stopped.class);
            assertThat(host().provider().inspect(id)).isInstanceOf(InspectOutcome.Stopped.class);
            assertThat(host().provider().destroy(id)).isEqualTo(DestroyOutcome.DESTROYED);
            assertThat(other.inspect(id)).isEqualTo(new InspectOutcome.Missing());
        }
    }

    @Test
    default void a_restart_leaves_the_output_of_a_running_command_to_nobody_but_keeps_the_sandbox() {
        ComputeId id = host().started();
        ExecProcess command = host().exec(id, "sh", "-c", "echo ready; exec sleep 600");
        awaitLine(command, "ready");

        host().restartServer();

        assertThat(host().provider().inspect(id)).isInstanceOf(InspectOutcome.Running.class);
        command.close();
        assertThat(host().sh(id, "echo alive")).isEqualTo("alive");
    }
}
