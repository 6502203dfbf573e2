package dev.sandkeep.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandkeep.cli.client.ApiProblem;
import dev.sandkeep.cli.client.Failure;
import dev.sandkeep.cli.client.Json;
import dev.sandkeep.cli.client.Route;
import dev.sandkeep.cli.client.SandkeepClient;
import dev.sandkeep.cli.client.Session;
import dev.sandkeep.cli.client.Sessions;
import dev.sandkeep.cli.client.SnapshotJob;
import dev.sandkeep.cli.host.HostCompute;
import java.util.Optional;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** The server is killed in the middle of its work and started again; the work then ends by itself, and correctly. */
@NeedsSandboxHost
class ServerCrashTest {
    private static Installation sandkeep;

    @BeforeAll
    static void publish() throws Exception {
        sandkeep = Installation.shared();
        sandkeep.succeed("settings", "set", "allowPersistentSandboxes=true");
        sandkeep.publish("crash", TinyProfile.YAML);
    }

    @AfterEach
    void nothingIsLeft() throws Exception {
        sandkeep.deleteSessionsAndExpectNoLeaks();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 25, 60, 120, 300, 900})
    void all_that_is_under_way_ends_by_itself_whenever_the_server_is_killed(int millis) throws Exception {
        String starting = "starting-" + millis;
        String stopping = "stopping-" + millis;
        String resuming = "resuming-" + millis;
        startWithWork(stopping);
        startWithWork(resuming);
        try (SandkeepClient client = sandkeep.client()) {
            new Sessions(client).stop(resuming, Json.object());
        }

        String job = refresh();
        inBackground(client -> new Sessions(client)
                .request(Json.object().put("profile", "crash").put("name", starting)));
        inBackground(client -> new Sessions(client).stop(stopping, Json.object()));
        inBackground(client -> new Sessions(client).resume(resuming));
        crashAfter(millis);

        try (SandkeepClient client = sandkeep.client()) {
            expectStarted(client, starting);
            // A request that had not come to be recorded leaves the session as it was.
            if (settle(client, stopping, "stopped", "running").state().equals("running")) {
                new Sessions(client).stop(stopping, Json.object());
            }
            expectWork(client, new Sessions(client).resume(stopping), 2);
            boolean resumed =
                    settle(client, resuming, "stopped", "running").state().equals("running");
            Sessions sessions = new Sessions(client);
            expectWork(client, resumed ? sessions.find(resuming) : sessions.resume(resuming), 2);
        }
        expectUsable(job);
    }

    @ParameterizedTest
    @ValueSource(strings = {"setup_script", "capture"})
    void a_refresh_ends_by_itself_whatever_phase_the_server_is_killed_in(String phase) throws Exception {
        String job = refresh();
        try (SandkeepClient client = sandkeep.client()) {
            Installation.await(phase + " begins, or has passed", () -> {
                SnapshotJob now = job(client, job);
                return now.over()
                        || now.json()
                                .path("phases")
                                .valueStream()
                                .anyMatch(p -> p.path("name").asString().equals(phase));
            });
        }
        crashAfter(0);
        expectUsable(job);
    }

    @Test
    void a_compute_that_is_lost_while_the_server_is_down_is_noticed_at_its_start() throws Exception {
        Session session = startWithWork("down");
        ProcessHandle first = HostCompute.of(session.sandboxId(), 1).firstProcess();
        sandkeep.killServer();
        first.destroyForcibly();
        first.onExit().join();
        sandkeep.startServer();

        try (SandkeepClient client = sandkeep.client()) {
            Session settled = settle(client, "down", "stopped");
            assertThat(settled.stopReason()).isEqualTo("compute_lost");
            expectWork(client, new Sessions(client).resume("down"), 2);
        }
    }

    private static void expectStarted(SandkeepClient client, String name) {
        if (find(client, name).isPresent()) {
            settle(client, name, "running");
            assertThat(new Sessions(client)
                            .shell(name, "cat /root/prepared")
                            .path("stdout")
                            .asString())
                    .isEqualTo("prepared\n");
        }
    }

    private static String refresh() {
        try (SandkeepClient client = sandkeep.client()) {
            return client.create(Route.of("profiles", "crash", "versions", "1", "refresh"), Json.object())
                    .path("id")
                    .asString();
        }
    }

    private static void expectUsable(String id) throws Exception {
        try (SandkeepClient client = sandkeep.client()) {
            Installation.await("job " + id + " is over", () -> job(client, id).over());
            SnapshotJob job = job(client, id);
            assertThat(job.state()).as(job.json().toPrettyString()).isEqualTo("succeeded");
            JsonNode version = client.get(Route.of("profiles", "crash", "versions", "1"));
            assertThat(version.path("snapshotId")).isEqualTo(job.json().path("snapshotId"));
            Session session = new Sessions(client).start(Json.object().put("profile", "crash"));
            assertThat(new Sessions(client)
                            .shell(session.id(), "cat /opt/tools/version")
                            .path("stdout")
                            .asString())
                    .isEqualTo("snapshot\n");
        }
    }

    private static SnapshotJob job(SandkeepClient client, String id) {
        return new SnapshotJob(client.get(Route.of("snapshot-jobs", id)));
    }

    private static Session startWithWork(String name) {
        try (SandkeepClient client = sandkeep.client()) {
            Sessions sessions = new Sessions(client);
            Session session =
                    sessions.start(Json.object().put("profile", "crash").put("name", name));
            sessions.shell(name, "echo work > /root/work; echo work >> /etc/codex/config.toml; sync");
            return session;
        }
    }

    private static void expectWork(SandkeepClient client, Session session, int generation) {
        assertThat(session.generation()).isEqualTo(generation);
        assertThat(new Sessions(client)
                        .shell(session.id(), "cat /root/work; tail -n 1 /etc/codex/config.toml; cat /root/prepared")
                        .path("stdout")
                        .asString())
                .isEqualTo("work\nwork\nprepared\n");
    }

    /** Sends a request whose answer the crash may cut off. */
    private static void inBackground(Consumer<SandkeepClient> request) {
        Thread.ofPlatform().daemon().start(() -> {
            try (SandkeepClient client = sandkeep.client()) {
                request.accept(client);
            } catch (Failure cutOff) {
                // what became of it is seen after the restart
            }
        });
    }

    /** The delay is the moment of the crash, which a test cannot wait for in any other way. */
    private static void crashAfter(int millis) throws Exception {
        Thread.sleep(millis);
        sandkeep.killServer();
        sandkeep.startServer();
    }

    private static Session settle(SandkeepClient client, String name, String... states) {
        Installation.await(
                name + " settles", () -> !new Sessions(client).find(name).changing());
        Session settled = new Sessions(client).find(name);
        assertThat(settled.state()).as(settled.json().toPrettyString()).isIn((Object[]) states);
        return settled;
    }

    private static Optional<Session> find(SandkeepClient client, String name) {
        try {
            return Optional.of(new Sessions(client).find(name));
        } catch (ApiProblem e) {
            assertThat(e.status()).isEqualTo(404);
            return Optional.empty();
        }
    }
}
