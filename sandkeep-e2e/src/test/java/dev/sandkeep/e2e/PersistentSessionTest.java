package dev.sandkeep.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandkeep.cli.client.Json;
import dev.sandkeep.cli.host.HostCompute;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

@NeedsSandboxHost
class PersistentSessionTest {
    private static Installation sandkeep;

    @BeforeAll
    static void publish() throws Exception {
        sandkeep = Installation.shared();
        sandkeep.succeed("settings", "set", "allowPersistentSandboxes=true");
        sandkeep.publish("tiny", TinyProfile.YAML);
    }

    @AfterAll
    static void cleanUp() throws Exception {
        sandkeep.deleteSessionsAndExpectNoLeaks();
    }

    @Test
    void work_survives_the_loss_of_the_compute_and_the_rest_is_the_snapshots_again() throws Exception {
        JsonNode started = Json.parse(sandkeep.succeed("session", "start", "tiny", "--name", "lost", "--json"));
        assertThat(started.at("/sandbox/mode").asString()).isEqualTo("persistent");
        assertThat(in("lost", "cat /root/prepared /etc/codex/config.toml /opt/tools/version"))
                .isEqualTo("prepared\nmodel = \"example\"\nsnapshot\n");
        in(
                "lost",
                "echo notes > /root/notes; rm /root/prepared; echo edited >> /etc/codex/config.toml;"
                        + " echo changed > /opt/tools/version; touch /srv/scratch");

        String sandbox = started.at("/sandbox/id").asString();
        ProcessHandle first = HostCompute.of(sandbox, 1).firstProcess();
        first.destroyForcibly();
        first.onExit().join();
        Installation.await("the loss is noticed", () -> state("lost").equals("stopped"));

        JsonNode resumed = Json.parse(sandkeep.succeed("session", "resume", "lost", "--json"));
        assertThat(resumed.at("/sandbox/id").asString()).isEqualTo(sandbox);
        assertThat(resumed.at("/sandbox/generation").asInt()).isEqualTo(2);
        assertThat(in("lost", "cat /root/notes; ls /root; tail -n 1 /etc/codex/config.toml"))
                .isEqualTo("notes\nnotes\nedited\n");
        assertThat(in("lost", "cat /opt/tools/version; ls /srv")).isEqualTo("snapshot\n");

        JsonNode report = Json.parse(in("lost", "cat /run/sandkeep/lifecycle.json"));
        assertThat(report).isEqualTo(resumed.path("lifecycle"));
        assertThat(report.path("generation").asInt()).isEqualTo(2);
        assertThat(report.at("/previousStop/reason").asString()).isEqualTo("compute_lost");
        assertThat(report.path("survived").valueStream().map(JsonNode::asString))
                .containsExactly("/etc/codex", "/root");
    }

    @Test
    void a_stopped_session_resumes_with_its_work_as_often_as_one_likes() throws Exception {
        sandkeep.succeed("session", "start", "tiny", "--name", "again");
        for (int generation = 1; generation <= 3; generation++) {
            in("again", "echo " + generation + " >> /root/count");
            sandkeep.succeed("session", "stop", "again");
            assertThat(sandkeep.sandkeep("session", "exec", "--no-resume", "again", "--", "true")
                            .stderr())
                    .contains("sandbox_not_running", "session resume");
            sandkeep.succeed("session", "resume", "again");
        }
        assertThat(in("again", "cat /root/count")).isEqualTo("1\n2\n3\n");
        assertThat(sandkeep.succeed("session", "show", "again")).contains("generation 4", "persistent");
    }

    @Test
    void without_the_organizations_consent_a_session_is_ephemeral_and_says_so() throws Exception {
        sandkeep.succeed("settings", "set", "allowPersistentSandboxes=false");
        try {
            var started = sandkeep.sandkeep("session", "start", "tiny", "--name", "fleeting");
            assertThat(started.stderr()).contains("ephemeral although the profile asks for persistence");
            sandkeep.succeed("session", "stop", "fleeting");
            var resumed = sandkeep.sandkeep("session", "resume", "fleeting");
            assertThat(resumed.exitCode()).isEqualTo(1);
            assertThat(resumed.stderr()).contains("sandbox_not_persistent");
        } finally {
            sandkeep.succeed("settings", "set", "allowPersistentSandboxes=true");
        }
    }

    @Test
    void without_a_volume_backend_sessions_are_ephemeral_and_the_switch_stays_off_and_all_say_so() throws Exception {
        Installation without = new Installation(sandkeep.folder()).with("SANDKEEP_VOLUMES_BACKEND", "none");
        without.succeed("server", "stop");
        without.startServer();
        try {
            String shown = without.succeed("session", "start", "tiny", "--name", "unkept", "--json");
            assertThat(Json.parse(shown).at("/sandbox/persistenceFallback/code").asString())
                    .isEqualTo("no_volume_backend");
            without.succeed("settings", "set", "allowPersistentSandboxes=false");
            var refused = without.sandkeep("settings", "set", "allowPersistentSandboxes=true");
            assertThat(refused.exitCode()).isEqualTo(1);
            assertThat(refused.stderr()).contains("no_volume_backend", "The switch stays off");
            assertThat(without.sandkeep("settings", "show").stderr()).contains("no_volume_backend");
            assertThat(without.sandkeep("doctor").stdout()).contains("server.volumes.backend", "there is none");
        } finally {
            without.succeed("server", "stop");
            sandkeep.startServer();
            sandkeep.succeed("settings", "set", "allowPersistentSandboxes=true");
        }
    }

    @Test
    void sandboxes_outlive_a_restart_of_the_server() throws Exception {
        sandkeep.succeed("session", "start", "tiny", "--name", "steady");
        in("steady", "echo here > /srv/not-persisted");
        sandkeep.succeed("server", "stop");
        sandkeep.startServer();

        assertThat(in("steady", "cat /srv/not-persisted")).isEqualTo("here\n");
        assertThat(sandkeep.succeed("session", "events", "steady")).doesNotContain("compute_lost");
    }

    private static String in(String session, String script) throws Exception {
        return sandkeep.succeed("session", "exec", session, "--", "sh", "-c", script);
    }

    private static String state(String session) {
        try (var client = sandkeep.client()) {
            return new dev.sandkeep.cli.client.Sessions(client).find(session).state();
        }
    }
}
