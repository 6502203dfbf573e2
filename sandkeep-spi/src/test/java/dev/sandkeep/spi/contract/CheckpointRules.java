package dev.sandkeep.spi.contract;

import static dev.sandkeep.spi.contract.Outcomes.expect;
import static dev.sandkeep.spi.contract.ProviderFixture.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandkeep.spi.CheckpointId;
import dev.sandkeep.spi.CheckpointOutcome;
import dev.sandkeep.spi.ComputeId;
import dev.sandkeep.spi.ExecProcess;
import dev.sandkeep.spi.InspectOutcome;
import dev.sandkeep.spi.Pause;
import dev.sandkeep.spi.PauseOutcome;
import dev.sandkeep.spi.VolumeId;
import dev.sandkeep.spi.VolumeMount;
import java.nio.file.Files;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Checkpoints of computes that go on running. */
interface CheckpointRules extends ProviderRules {
    @Test
    default void a_checkpoint_of_a_running_compute_is_one_moment_of_it() throws Exception {
        ComputeId id = host().newCompute();
        VolumeId volume = host().newVolume(id.sandbox(), "/root");
        VolumeMount mount = host().attach(volume, id).getFirst();
        host().start(host().persisting(host().spec(id), List.of(mount)));
        try (ExecProcess working = host().exec(id, "sh", "-c", """
                i=0; while :; do i=$((i+1)); for f in a b; do echo $i > /root/t; mv /root/t /root/$f; done; done""")) {
            assertThat(working).isNotNull();
            await().atMost(PATIENCE).until(() -> Files.exists(mount.upper().resolve("b")));
            for (String name : List.of("first", "second", "third")) {
                VolumeId copy = host().forkOf(volume, checkpointed(volume, id, name), "/root");
                String[] seen = host().sh(copyOf(copy), "cat /root/a /root/b").split("\n", -1);

                assertThat(Long.parseLong(seen[0]) - Long.parseLong(seen[1])).isBetween(0L, 1L);
            }
        }
        assertThat(expect(InspectOutcome.Running.class, host().provider().inspect(id))
                        .compute()
                        .paused())
                .isFalse();
    }

    @Test
    default void every_attribute_of_every_file_is_in_a_checkpoint_of_a_running_compute() {
        ComputeId id = host().newCompute();
        VolumeId volume = host().newVolume(id.sandbox(), "/root");
        host().startedWith(id, host().smallImage(), volume);
        host().sh(id, NastyTree.make("/root/nasty"));
        String before = host().describe(id, "/root/nasty");

        CheckpointId first = checkpointed(volume, id, "first");
        host().sh(id, "echo more > /root/more");
        CheckpointId second = checkpointed(volume, id, "second");

        for (CheckpointId checkpoint : List.of(first, second)) {
            ComputeId copy = copyOf(host().forkOf(volume, checkpoint, "/root"));
            assertThat(NastyTree.withoutLinkCounts(host().describe(copy, "/root/nasty")))
                    .isEqualTo(NastyTree.withoutLinkCounts(before));
            assertThat(host().run(copy, "test", "-e", "/root/more").exitCode())
                    .isEqualTo(checkpoint.equals(first) ? 1 : 0);
        }
        assertThat(host().describe(id, "/root/nasty")).isEqualTo(before);
    }

    private ComputeId copyOf(VolumeId volume) {
        return host().startedWith(host().newCompute(), host().smallImage(), volume);
    }

    private CheckpointId checkpointed(VolumeId volume, ComputeId id, String name) {
        CheckpointId checkpoint = new CheckpointId(Outcomes.unique("chk_" + name));
        CheckpointOutcome outcome = host().volumes().checkpoint(volume, id.generation(), checkpoint, new Pause() {
            @Override
            public void begin() {
                assertThat(host().provider().pause(id)).isEqualTo(PauseOutcome.DONE);
            }

            @Override
            public void end() {
                assertThat(host().provider().unpause(id)).isEqualTo(PauseOutcome.DONE);
            }
        });
        assertThat(expect(CheckpointOutcome.Checkpointed.class, outcome).repeated())
                .isFalse();
        return checkpoint;
    }
}
