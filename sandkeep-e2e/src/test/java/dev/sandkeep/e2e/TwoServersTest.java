package dev.sandkeep.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandkeep.cli.client.Json;
import dev.sandkeep.cli.client.Route;
import dev.sandkeep.cli.client.SandkeepClient;
import dev.sandkeep.cli.client.Sessions;
import dev.sandkeep.cli.client.SnapshotJob;
import dev.sandkeep.cli.host.DataDirectory.RunningServer;
import dev.sandkeep.cli.host.HostCompute;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Two servers on this machine share one PostgreSQL and one data directory. */
@NeedsSandboxHost
class TwoServersTest {
    private Installation sandkeep;
    private long first;
    private Installation.@Nullable Running second;

    @BeforeEach
    void startFirst() {
        sandkeep = Installation.shared();
        first = sandkeep.server().pid();
    }

    @AfterEach
    void endBoth() throws Exception {
        sandkeep.with("SANDKEEP_DATABASE_URL", "");
        if (second != null) {
            end(second.process().pid());
        }
        end(first);
        sandkeep.startServer();
        sandkeep.deleteSessionsAndExpectNoLeaks();
    }

    @Test
    void a_job_runs_once() throws Exception {
        startSecond();
        try (SandkeepClient client = sandkeep.client()) {
            String job = publish(client, "shared", 3);
            expectOneRun(client, job, "shared", 1);
        }
    }

    @Test
    void the_other_server_finishes_what_a_killed_one_began() throws Exception {
        RunningServer one = sandkeep.server();
        startSecond();
        RunningServer other = sandkeep.server();
        String job;
        try (SandkeepClient client = client(one)) {
            job = publish(client, "left", 5);
            Installation.await(
                    "the setup script runs",
                    () -> job(client, job).json().path("phase").asString("").equals("setup_script"));
        }
        ProcessHandle holder = serverOf(HostCompute.of(job, 1).firstProcess());
        holder.destroyForcibly();
        holder.onExit().join();

        try (SandkeepClient client = client(holder.pid() == one.pid() ? other : one)) {
            expectOneRun(client, job, "left", 2);
        }
    }

    /** A compute's first process is a child of the server that started it. */
    private static ProcessHandle serverOf(ProcessHandle process) {
        return process.parent().orElseThrow();
    }

    private SandkeepClient client(RunningServer server) {
        return new SandkeepClient(server.url(), sandkeep.data().apiKey().orElseThrow());
    }

    private void startSecond() throws IOException {
        sandkeep.with("SANDKEEP_DATABASE_URL", embeddedDatabase());
        Installation.Running started = sandkeep.start(new File("/dev/null"), "server");
        second = started;
        Installation.await("the second server is ready", () -> {
            assertThat(started.process().isAlive())
                    .as(() -> content(started.stdout()) + content(started.stderr()))
                    .isTrue();
            return sandkeep.data()
                    .server()
                    .filter(server -> server.pid() != first)
                    .isPresent();
        });
    }

    private static void end(long pid) {
        ProcessHandle.of(pid).ifPresent(process -> {
            process.destroy();
            process.onExit().join();
        });
    }

    private static String publish(SandkeepClient client, String name, int seconds) {
        String yaml = """
                baseImage: {debian: bookworm}
                setupScript: |
                  echo run >> /root/runs
                  sleep %d
                """.formatted(seconds);
        client.create(Route.of("profiles"), Json.object().put("name", name).set("spec", Json.parseYaml(yaml, name)));
        return client.create(Route.of("profiles", name, "publish"), Json.object())
                .path("job")
                .path("id")
                .asString();
    }

    private static void expectOneRun(SandkeepClient client, String job, String profile, int attempt) {
        Installation.await("the job is over", () -> job(client, job).over());
        SnapshotJob ended = job(client, job);
        assertThat(ended.state()).as(ended.json().toPrettyString()).isEqualTo("succeeded");
        assertThat(ended.json().path("attempt").asInt()).isEqualTo(attempt);
        Sessions sessions = new Sessions(client);
        String session = sessions.start(Json.object().put("profile", profile)).id();
        assertThat(sessions.shell(session, "cat /root/runs").path("stdout").asString())
                .isEqualTo("run\n");
    }

    private static SnapshotJob job(SandkeepClient client, String id) {
        return new SnapshotJob(client.get(Route.of("snapshot-jobs", id)));
    }

    private String embeddedDatabase() throws IOException {
        Properties connection = new Properties();
        try (var reader = Files.newBufferedReader(sandkeep.data().path().resolve("postgres/connection.properties"))) {
            connection.load(reader);
        }
        return "postgresql://sandkeep:" + connection.getProperty("password") + "@127.0.0.1:"
                + connection.getProperty("port") + "/sandkeep";
    }

    private static String content(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return e.toString();
        }
    }
}
