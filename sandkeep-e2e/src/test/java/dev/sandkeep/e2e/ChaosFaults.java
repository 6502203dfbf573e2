package dev.sandkeep.e2e;

import dev.sandkeep.cli.client.Failure;
import dev.sandkeep.cli.host.HostCompute;
import dev.sandkeep.e2e.chaos.PlannedFaults;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** Breaks what a {@link ChaosRun} draws, and counts what really broke. */
final class ChaosFaults {
    private static final List<String> POINTS = List.of(
            "provider.start",
            "provider.stop",
            "provider.destroy",
            "provider.inspect",
            "provider.exec",
            "provider.pause",
            "provider.unpause",
            "provider.putRunFile",
            "provider.listComputes",
            "provider.resources",
            "provider.listImages",
            "provider.capture",
            "volume.provision",
            "volume.attach",
            "volume.detach",
            "volume.checkpoint",
            "volume.checkpoints",
            "volume.removeCheckpoint",
            "volume.restore",
            "volume.fork",
            "volume.export",
            "volume.importVolume",
            "volume.pressure",
            "volume.delete",
            "volume.list");

    /** What is not repeated: it would run a command twice, or read or write a stream twice. */
    private static final Set<String> ONCE = Set.of("provider.exec", "volume.export", "volume.importVolume");

    private static final List<PlannedFaults.Kind> KINDS = List.of(PlannedFaults.Kind.values());

    /** Short and long ones, and back by what a time server may take back; together they pass grace times and lifetimes. */
    private static final List<Duration> JUMPS = List.of(
            Duration.ofSeconds(5),
            Duration.ofSeconds(30),
            Duration.ofMinutes(10),
            Duration.ofHours(1),
            Duration.ofSeconds(-5));

    /** How long a runtime's process is waited for, to be killed. */
    private static final Duration RUNTIME_PATIENCE = Duration.ofSeconds(3);

    private static final long NEARLY_NOTHING = 1 << 16;

    private final Installation sandkeep;
    private final ChaosServer server;
    private final ChaosCounts counts;

    ChaosFaults(Installation sandkeep, ChaosServer server, ChaosCounts counts) {
        this.sandkeep = sandkeep;
        this.server = server;
        this.counts = counts;
    }

    /** What breaks while an operation goes on. */
    enum Breakage {
        KILL_SERVER,
        KILL_COMPUTE,
        KILL_RUNTIME,
        RESTART_DATABASE,
        KILL_DATABASE,
        FILL_DISK,
        JUMP,
        /** Planned before the operation. */
        CALL
    }

    /** Lets a call go wrong that the next operation may make. */
    void planCall(int choice) {
        String point = POINTS.get(choice % POINTS.size());
        PlannedFaults.Kind kind = KINDS.get((choice / POINTS.size()) % KINDS.size());
        if (kind == PlannedFaults.Kind.ANSWER_TWICE && ONCE.contains(point)) {
            kind = PlannedFaults.Kind.LOSE_ANSWER;
        }
        server.faults().plan(point, kind);
        counts.fault("call " + kind);
    }

    /**
     * Breaks something now.
     *
     * @param one the session that the operation is about
     * @param over whether the operation has ended
     */
    void breakIt(Breakage breakage, ChaosModel.@Nullable Known one, int choice, BooleanSupplier over) throws Exception {
        switch (breakage) {
            case KILL_SERVER -> {
                server.kill();
                server.start();
                counts.fault("kill server");
            }
            case KILL_COMPUTE -> {
                if (one != null && killCompute(one)) {
                    counts.fault("kill compute");
                }
            }
            case KILL_RUNTIME ->
                server.killRuntime(RUNTIME_PATIENCE, over).ifPresent(verb -> counts.fault("kill runtime in " + verb));
            case RESTART_DATABASE -> signalDatabase("INT", "restart database");
            case KILL_DATABASE -> signalDatabase("KILL", "kill database");
            case FILL_DISK -> fillDisk(choice);
            case JUMP -> {
                server.clock().jump(JUMPS.get(choice % JUMPS.size()));
                counts.fault("clock jump");
            }
            case CALL -> throw new IllegalArgumentException("is planned, not done");
        }
    }

    private boolean killCompute(ChaosModel.Known one) {
        try (Connection database = sandkeep.connect();
                Statement statement = database.createStatement();
                ResultSet rows = statement.executeQuery(
                        "select b.id, b.generation from sandboxes b join sessions s on s.id = b.session_id where s.name = '"
                                + one.name + "'")) {
            return rows.next()
                    && HostCompute.of(rows.getString(1), rows.getInt(2))
                            .firstProcess()
                            .destroyForcibly();
        } catch (SQLException | Failure notThere) {
            return false;
        }
    }

    private void signalDatabase(String signal, String what) throws Exception {
        Path file;
        try (var found = Files.find(
                sandkeep.data().path().resolve("postgres"), 3, (path, attributes) -> path.endsWith("postmaster.pid"))) {
            file = found.findFirst().orElse(null);
        }
        if (file == null) {
            return;
        }
        String pid = Files.readAllLines(file).getFirst().strip();
        if (new ProcessBuilder("kill", "-" + signal, pid).start().waitFor() == 0) {
            counts.fault(what);
        }
    }

    /** Takes all the room there is, for a moment: from the database, the volumes, the sandboxes, the server's own files. */
    private void fillDisk(int choice) throws IOException, InterruptedException {
        Path ballast = sandkeep.data().path().resolve("ballast");
        FileStore disk = Files.getFileStore(sandkeep.data().path());
        try {
            // It fails for want of a block for its own table, and keeps what it has taken.
            new ProcessBuilder("fallocate", "--length", Long.toString(disk.getUsableSpace()), ballast.toString())
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start()
                    .waitFor();
            if (disk.getUsableSpace() < NEARLY_NOTHING) {
                counts.fault("full disk");
                // The time is drawn, and there is nothing to wait for.
                Thread.sleep(300 + choice % 2000);
            }
        } finally {
            Files.deleteIfExists(ballast);
        }
    }
}
