package dev.sandkeep.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandkeep.cli.client.Json;
import dev.sandkeep.cli.client.SandkeepClient;
import dev.sandkeep.cli.client.Session;
import dev.sandkeep.cli.client.Sessions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** What persistent sandboxes can do besides stop and resume, on the real provider and through the command line. */
@NeedsSandboxHost
class PersistenceStoryTest {
    private static Installation sandkeep;

    @BeforeAll
    static void publish() throws Exception {
        sandkeep = Installation.shared();
        sandkeep.succeed("settings", "set", "allowPersistentSandboxes=true");
        sandkeep.publish("story", TinyProfile.YAML);
        sandkeep.publish(
                "short-lived",
                TinyProfile.YAML
                        + "lifecycle: {maxLifetimeSeconds: 60, onExpiry: replace}\n"
                        + "agent: {processName: agent}\n");
    }

    @AfterAll
    static void cleanUp() throws Exception {
        sandkeep.deleteSessionsAndExpectNoLeaks();
    }

    @Test
    void a_running_sandbox_is_checkpointed_forked_and_rolled_back() throws Exception {
        sandkeep.succeed("session", "start", "story", "--name", "told");
        in("told", "echo one > /root/work");
        JsonNode first = Json.parse(sandkeep.succeed("session", "checkpoint", "told", "--json"));
        in("told", "echo two > /root/work");

        sandkeep.succeed("session", "fork", "told", "--at", first.path("id").asString(), "--name", "fork-of-first");
        sandkeep.succeed("session", "fork", "told", "--name", "fork-of-now");

        assertThat(in("fork-of-first", "cat /root/work")).isEqualTo("one\n");
        assertThat(in("fork-of-now", "cat /root/work")).isEqualTo("two\n");
        in("fork-of-now", "echo other > /root/work");
        assertThat(in("told", "cat /root/work")).isEqualTo("two\n");

        sandkeep.succeed("session", "stop", "told");
        sandkeep.succeed("session", "rollback", "told", first.path("id").asString());
        assertThat(in("told", "cat /root/work")).as("an exec resumes it").isEqualTo("one\n");
        assertThat(sandkeep.succeed("session", "checkpoints", "told")).contains("rollback", "stop", "manual");
        assertThat(sandkeep.succeed("volume", "usage", "told")).contains("/root", "checkpoints");
    }

    @Test
    void what_was_exported_is_imported_and_a_file_that_was_cut_is_refused() throws Exception {
        sandkeep.succeed("session", "start", "story", "--name", "exported");
        in("exported", "echo travels > /root/work; ln /root/work /root/link");
        Path file = sandkeep.file("export.sandkeep", "");
        sandkeep.succeed("volume", "export", "exported", "--output", file.toString());

        sandkeep.succeed("volume", "import", "story", "--input", file.toString(), "--name", "imported");

        assertThat(in("imported", "cat /root/work; stat -c %h /root/link")).isEqualTo("travels\n2\n");
        byte[] whole = Files.readAllBytes(file);
        Files.write(file, Arrays.copyOf(whole, whole.length / 2));
        var refused = sandkeep.sandkeep("volume", "import", "story", "--input", file.toString(), "--name", "cut");
        assertThat(refused.exitCode()).isEqualTo(1);
        assertThat(refused.stderr()).contains("volume_stream_unusable");
        assertThat(sandkeep.succeed("session", "list")).doesNotContain("cut ");
    }

    @Test
    void a_deleted_session_is_restored() throws Exception {
        sandkeep.succeed("session", "start", "story", "--name", "regretted");
        in("regretted", "echo kept > /root/work");
        sandkeep.succeed("session", "delete", "regretted");

        sandkeep.succeed("session", "restore", "regretted");

        assertThat(in("regretted", "cat /root/work")).isEqualTo("kept\n");
    }

    @Test
    void a_sandbox_whose_time_is_over_is_told_and_replaced() throws Exception {
        sandkeep.succeed("session", "start", "short-lived", "--name", "brief");
        in("brief", "echo kept > /root/work");

        Awaitility.await("the replacement").atMost(Duration.ofMinutes(10)).until(() -> {
            try (SandkeepClient client = sandkeep.client()) {
                Session session = new Sessions(client).find("brief");
                return session.generation() >= 2 && session.state().equals("running");
            }
        });

        assertThat(in("brief", "cat /root/work")).isEqualTo("kept\n");
        assertThat(sandkeep.succeed("session", "events", "brief")).contains("expiry_warned", "replacement_begun");
    }

    private static String in(String session, String script) throws Exception {
        return sandkeep.succeed("session", "exec", "--no-stdin", session, "--", "sh", "-c", script);
    }
}
