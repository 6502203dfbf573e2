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
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Two servers on this machine share one PostgreSQL and one data directory. */
@NeedsSandboxHost
class TwoServersTest {
    private static final int TICKS = 8;
    private static final String OVER_TICKS = """
            select count(*) from schedule_ticks t join snapshot_jobs j on j.id = t.job_id
            where t.profile_id = ? and t.outcome = 'queued' and j.state = 'succeeded'
            """;

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
        sandkeep.with("SANDKEEP_DATABASE_URL", "").with("SANDKEEP_RECONCILER_INTERVAL", "");
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

    /** Ticks are made due one after the other, because those of a real schedule are a minute apart. */
    @Test
    void every_tick_of_a_schedule_makes_one_job_also_when_one_of_the_servers_dies() throws Exception {
        // Schedules are looked at as often as the reconciler looks.
        sandkeep.with("SANDKEEP_RECONCILER_INTERVAL", "1s");
        end(first);
        sandkeep.startServer();
        first = sandkeep.server().pid();
        RunningServer one = sandkeep.server();
        startSecond();
        RunningServer other = sandkeep.server();
        try (SandkeepClient client = client(other);
                Connection database = sandkeep.connect()) {
            String profile = profileId(client, publish(client, "ticking", 0));
            client.put(
                    Route.of("profiles", "ticking", "schedule"),
                    Json.object().put("cron", "0 0 1 1 *").put("timeZone", "UTC"));
            for (int tick = 1; tick <= TICKS; tick++) {
                makeDue(database, profile, tick);
                if (tick == TICKS / 2) {
                    ProcessHandle killed = ProcessHandle.of(one.pid()).orElseThrow();
                    killed.destroyForcibly();
                    killed.onExit().join();
                }
                int expected = tick;
                Installation.await(
                        "tick " + tick + " is recorded and its job is over",
                        () -> count(database, OVER_TICKS, profile) == expected);
            }
            assertThat(count(database, "select count(*) from schedule_ticks where profile_id = ?", profile))
                    .isEqualTo(TICKS);
            assertThat(count(
                            database,
                            "select count(distinct job_id) from schedule_ticks where profile_id = ?",
                            profile))
                    .isEqualTo(TICKS);
            assertThat(count(
                            database,
                            "select count(*) from snapshot_jobs where profile_id = ? and trigger = 'scheduled_refresh'",
                            profile))
                    .isEqualTo(TICKS);
        }
    }

    private static String profileId(SandkeepClient client, String job) {
        Installation.await("the job is over", () -> job(client, job).over());
        return job(client, job).json().path("profileId").asString();
    }

    private static void makeDue(Connection database, String profile, int tick) throws SQLException {
        try (PreparedStatement update = database.prepareStatement(
                "update refresh_schedules set next_at = date_trunc('second', now()) - interval '1 hour' + ? * interval '1 second'"
                        + " where profile_id = ?")) {
            update.setInt(1, tick);
            update.setString(2, profile);
            assertThat(update.executeUpdate()).isEqualTo(1);
        }
    }

    private static int count(Connection database, String query, String profile) {
        try (PreparedStatement select = database.prepareStatement(query)) {
            select.setString(1, profile);
            try (ResultSet row = select.executeQuery()) {
                row.next();
                return row.getInt(1);
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
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
        sandkeep.with("SANDKEEP_DATABASE_URL", sandkeep.embeddedDatabase());
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

    private static String content(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return e.toString();
        }
    }
}
