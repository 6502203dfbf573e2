package dev.sandkeep.spi.contract;

import static dev.sandkeep.spi.contract.Outcomes.expect;
import static dev.sandkeep.spi.contract.ProviderFixture.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandkeep.spi.ComputeId;
import dev.sandkeep.spi.DestroyOutcome;
import dev.sandkeep.spi.ExecProcess;
import dev.sandkeep.spi.InspectOutcome;
import dev.sandkeep.spi.PauseOutcome;
import dev.sandkeep.spi.StopOutcome;
import dev.sandkeep.spi.VolumeId;
import dev.sandkeep.spi.VolumeMount;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Pause and unpause. */
interface PauseRules extends ProviderRules {
    @Test
    default void a_paused_compute_writes_nothing_until_it_goes_on() throws Exception {
        ComputeId id = host().newCompute();
        VolumeId volume = host().newVolume(id.sandbox(), "/srv");
        VolumeMount mount = host().attach(volume, id).getFirst();
        host().start(host().persisting(host().spec(id), List.of(mount)));
        Path count = mount.upper().resolve("count");
        try (ExecProcess counting = host().exec(id, "sh", "-c", "while :; do echo x >> /srv/count; done")) {
            assertThat(counting).isNotNull();
            await().atMost(PATIENCE).until(() -> Files.exists(count) && Files.size(count) > 100);

            assertThat(host().provider().pause(id)).isEqualTo(PauseOutcome.DONE);
            long still = Files.size(count);
            assertThat(host().provider().pause(id)).isEqualTo(PauseOutcome.ALREADY);
            assertThat(expect(InspectOutcome.Running.class, host().provider().inspect(id))
                            .compute()
                            .paused())
                    .isTrue();
            CompletableFuture<String> waiting = CompletableFuture.supplyAsync(() -> host().sh(id, "echo ran"));
            for (int look = 0; look < 200; look++) {
                host().provider().inspect(id);
            }
            assertThat(Files.size(count)).isEqualTo(still);
            assertThat(waiting).isNotDone();

            assertThat(host().provider().unpause(id)).isEqualTo(PauseOutcome.DONE);
            assertThat(host().provider().unpause(id)).isEqualTo(PauseOutcome.ALREADY);
            await().atMost(PATIENCE).until(() -> Files.size(count) > still);
            assertThat(waiting.get(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isEqualTo("ran");
            assertThat(expect(InspectOutcome.Running.class, host().provider().inspect(id))
                            .compute()
                            .paused())
                    .isFalse();
        }
    }

    @Test
    default void what_is_paused_can_be_stopped_and_destroyed() {
        ComputeId stopped = host().started();
        host().provider().pause(stopped);
        assertThat(host().provider().stop(stopped, Duration.ofSeconds(5))).isInstanceOf(StopOutcome.Stopped.class);
        assertThat(host().provider().inspect(stopped)).isInstanceOf(InspectOutcome.Stopped.class);

        ComputeId destroyed = host().started();
        host().provider().pause(destroyed);
        assertThat(host().provider().destroy(destroyed)).isEqualTo(DestroyOutcome.DESTROYED);
        assertThat(host().resourcesOf(destroyed)).isEmpty();
    }

    @Test
    default void pausing_what_does_not_run_changes_nothing() {
        ComputeId id = host().newCompute();
        assertThat(host().provider().pause(id)).isEqualTo(PauseOutcome.MISSING);
        assertThat(host().provider().unpause(id)).isEqualTo(PauseOutcome.MISSING);

        host().start(host().spec(id));
        assertThat(host().provider().unpause(id)).isEqualTo(PauseOutcome.ALREADY);
        host().stop(id);
        assertThat(host().provider().pause(id)).isEqualTo(PauseOutcome.NOT_RUNNING);
        assertThat(host().provider().unpause(id)).isEqualTo(PauseOutcome.NOT_RUNNING);
    }

    @Test
    default void a_pause_outlives_the_server_that_asked_for_it() {
        ComputeId id = host().started();
        host().provider().pause(id);

        host().restartServer();

        assertThat(expect(InspectOutcome.Running.class, host().provider().inspect(id))
                        .compute()
                        .paused())
                .isTrue();
        assertThat(host().provider().unpause(id)).isEqualTo(PauseOutcome.DONE);
        assertThat(host().sh(id, "echo ran")).isEqualTo("ran");
    }
}
