package dev.sandkeep.spi.contract;

import static dev.sandkeep.spi.contract.ProviderFixture.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandkeep.spi.ComputeId;
import dev.sandkeep.spi.DestroyOutcome;
import dev.sandkeep.spi.ExecProcess;
import dev.sandkeep.spi.InspectOutcome;
import dev.sandkeep.spi.Limits;
import dev.sandkeep.spi.contract.ProviderFixture.Ran;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What a sandbox uses at most, and that who goes over it hurts only itself. */
interface LimitRules extends ProviderRules {
    @Test
    default void processes_are_limited() {
        ComputeId id = limited(Limits.ofMebibytes(256, 2, 40, 1024));

        Ran ran = host().run(id, "perl", "-e", """
                my $n = 0;
                while ($n < 200) { my $pid = fork; last if !defined $pid; if (!$pid) { close STDOUT; close STDERR; sleep 600; exit } $n++ }
                print $n;""");

        assertThat(Integer.parseInt(ran.text())).isBetween(5, 40);
        assertThat(host().provider().destroy(id)).isEqualTo(DestroyOutcome.DESTROYED);
        assertThat(host().resourcesOf(id)).isEmpty();
    }

    @Test
    default void a_fork_bomb_is_contained_and_can_be_removed() {
        ComputeId bomb = limited(Limits.ofMebibytes(256, 1, 100, 1024));
        ComputeId neighbour = host().started();
        try (ExecProcess process = host().exec(bomb, "sh", "-c", "b() { b | b & }; while :; do b; done 2> /dev/null")) {
            process.stdin();
            for (int i = 0; i < 5; i++) {
                assertThat(host().sh(neighbour, "echo alive")).isEqualTo("alive");
            }

            assertThat(host().provider().destroy(bomb)).isEqualTo(DestroyOutcome.DESTROYED);
        }
        assertThat(host().resourcesOf(bomb)).isEmpty();
        assertThat(host().sh(neighbour, "echo alive")).isEqualTo("alive");
    }

    @Test
    default void memory_is_limited_and_who_takes_more_is_killed_inside() {
        ComputeId id = limited(Limits.ofMebibytes(64, 2, 64, 1024));

        Ran ran = host().run(id, "perl", "-e", "my $x = 'x' x (300 << 20); print length $x");

        assertThat(ran.exitCode()).isEqualTo(137);
        assertThat(ran.output()).isEmpty();
        assertThat(host().provider().inspect(id)).isInstanceOf(InspectOutcome.Running.class);
        assertThat(host().sh(id, "echo alive")).isEqualTo("alive");
    }

    @Test
    default void processor_time_is_limited() {
        ComputeId id = limited(Limits.ofMebibytes(256, 0.5, 64, 1024));

        String used = host().sh(
                        id,
                        "perl -e 'my $end = time + 3; my $n = 0; while (time < $end) { $n++ for 1 .. 1000 } "
                                + "my ($user, $system) = times; print $user + $system'");

        // Between 2 and 3 seconds of time passed.
        assertThat(Double.parseDouble(used)).isBetween(0.2, 2.0);
    }

    @Test
    default void disk_is_limited() {
        ComputeId id = limited(Limits.ofMebibytes(256, 2, 64, 64));
        try (ExecProcess writer = host().exec(
                        id,
                        "sh",
                        "-c",
                        "i=0; while [ $i -lt 400 ] && head -c 4194304 /dev/zero >> /opt/big; do i=$((i+1)); sleep 0.1; done; exit 7")) {
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(overran(id, writer)).isTrue());
        }
    }

    /** Whether the one that wrote too much was refused more room or ended, by which the host is safe either way. */
    private boolean overran(ComputeId id, ExecProcess writer) throws InterruptedException {
        return switch (host().provider().inspect(id)) {
            case InspectOutcome.Stopped stopped -> {
                assertThat(stopped.cause()).isEqualTo("disk_limit_exceeded");
                yield true;
            }
            case InspectOutcome.Running running ->
                writer.waitFor(Duration.ofMillis(100)).isPresent()
                        && host().run(id, "stat", "-c", "%s", "/opt/big").text().length() < 10;
            case InspectOutcome.Missing missing -> false;
        };
    }

    private ComputeId limited(Limits limits) {
        ComputeId id = host().newCompute();
        host().start(host().limited(host().spec(id), limits));
        return id;
    }
}
