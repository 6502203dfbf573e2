package dev.sandkeep.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandkeep.cli.client.Json;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** {@code ./sandkeep quickstart} itself, with packages from Debian's archive. */
@NeedsSandboxHost
class QuickstartTest {
    private static Installation sandkeep;

    @BeforeAll
    static void start() {
        sandkeep = Installation.shared();
    }

    @AfterAll
    static void cleanUp() throws Exception {
        sandkeep.deleteSessionsAndExpectNoLeaks();
    }

    @Test
    void it_tells_its_story_and_reuses_everything_the_second_time() throws Exception {
        var first = sandkeep.sandkeep("quickstart");
        assertThat(first.exitCode()).as(first.stderr()).isZero();
        assertThat(first.stderr())
                .contains("1/5", "2/5", "3/5", "4/5", "5/5", "ok generation       2", "What to type next");
        assertThat(first.stdout()).contains("session: resume to running", "an equal container");

        sandkeep.succeed("server", "stop");
        long began = System.nanoTime();
        var second = sandkeep.sandkeep("quickstart", "--json");
        assertThat(second.exitCode()).as(second.stderr()).isZero();
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(30));
        assertThat(second.stderr()).contains("equals the file, and its snapshot is ready", "of an earlier quickstart");
        assertThat(Json.parse(second.stdout())
                        .path("bareRun")
                        .path("medianMillis")
                        .asDouble())
                .isPositive();
        assertThat(sandkeep.succeed("profile", "versions", "quickstart", "--json"))
                .doesNotContain("\"number\" : 2");
    }
}
