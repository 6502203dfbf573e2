package dev.sandkeep.bench;

import dev.sandkeep.cli.client.ApiProblem;
import dev.sandkeep.cli.client.JobLog;
import dev.sandkeep.cli.client.Json;
import dev.sandkeep.cli.client.Route;
import dev.sandkeep.cli.client.SandkeepClient;
import dev.sandkeep.cli.client.Session;
import dev.sandkeep.cli.client.Sessions;
import dev.sandkeep.cli.client.SnapshotJob;
import tools.jackson.databind.node.ObjectNode;

/** A profile of plain Debian that lives as long as a benchmark, and its sessions. */
final class BenchProfile {
    /** What every container that is compared has, too. */
    static final int MEMORY_MIB = 1024;

    static final int CPUS = 1;
    static final int PIDS = 512;
    private static final int DISK_MIB = 8192;

    private final SandkeepClient client;
    private final Sessions sessions;
    private final String name;

    private final SnapshotJob job;

    private BenchProfile(SandkeepClient client, String name, SnapshotJob job) {
        this.client = client;
        this.sessions = new Sessions(client);
        this.name = name;
        this.job = job;
    }

    /** Publishes one and waits for its snapshot. */
    static BenchProfile publish(SandkeepClient client, boolean persistent, Leftovers leftovers) {
        return publish(client, spec().put("usePersistentSandboxes", persistent), leftovers);
    }

    /** Publishes an ephemeral one with a setup script, and waits for its snapshot. */
    static BenchProfile publish(SandkeepClient client, String setupScript, Leftovers leftovers) {
        return publish(client, spec().put("setupScript", setupScript), leftovers);
    }

    private static BenchProfile publish(SandkeepClient client, ObjectNode spec, Leftovers leftovers) {
        String name = "bench-" + Long.toString(System.nanoTime(), 36);
        leftovers.removeLater(() -> delete(client, name));
        client.create(Route.of("profiles"), Json.object().put("name", name).set("spec", spec));
        String job = client.create(Route.of("profiles", name, "publish"), Json.object())
                .path("job")
                .path("id")
                .asString();
        SnapshotJob ended = new JobLog(client, job).follow(line -> {});
        if (!ended.succeeded()) {
            throw JobLog.failure(ended);
        }
        return new BenchProfile(client, name, ended);
    }

    private static ObjectNode spec() {
        ObjectNode spec = Json.object();
        spec.putObject("baseImage").put("debian", "bookworm");
        spec.putObject("limits")
                .put("memoryMiB", MEMORY_MIB)
                .put("cpus", CPUS)
                .put("pids", PIDS)
                .put("diskMiB", DISK_MIB);
        return spec;
    }

    /** Starts a session and waits until it runs. */
    Session start() {
        return sessions.start(Json.object().put("profile", name));
    }

    Sessions sessions() {
        return sessions;
    }

    /** How its snapshot was built. */
    SnapshotJob job() {
        return job;
    }

    /** Deletes it with its sessions. */
    void delete() {
        delete(client, name);
    }

    private static void delete(SandkeepClient client, String name) {
        Sessions sessions = new Sessions(client);
        try {
            client.list(Route.of("sessions").with("profile", name))
                    .forEach(session -> sessions.delete(new Session(session).id()));
            client.delete(Route.of("profiles", name));
        } catch (ApiProblem e) {
            if (e.status() != 404) {
                throw e;
            }
        }
    }
}
