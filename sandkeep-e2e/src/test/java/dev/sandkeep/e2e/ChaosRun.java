package dev.sandkeep.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandkeep.cli.client.ApiProblem;
import dev.sandkeep.cli.client.Failure;
import dev.sandkeep.cli.client.Json;
import dev.sandkeep.cli.client.Route;
import dev.sandkeep.cli.client.SandkeepClient;
import dev.sandkeep.cli.client.Session;
import dev.sandkeep.cli.client.Sessions;
import dev.sandkeep.cli.host.HostCompute;
import dev.sandkeep.e2e.chaos.PlannedFaults;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A random run of what people do with sessions, while things break, against a {@link ChaosModel}. The seed decides the operations,
 * the faults and the moments at which they come; how the machine's own timing lets them meet is the machine's.
 */
final class ChaosRun {
    private static final String PROFILE = "chaos";
    private static final int MOST_SESSIONS = 5;
    private static final int FAULT_IN = 2;
    private static final Duration LONGEST_REQUEST = Duration.ofSeconds(90);
    private static final int TRACE = 60;
    private static final List<String> POINTS = List.of(
            "provider.start",
            "provider.stop",
            "provider.destroy",
            "provider.inspect",
            "provider.exec",
            "provider.listComputes",
            "provider.resources",
            "provider.listImages",
            "provider.capture",
            "volume.provision",
            "volume.attach",
            "volume.detach",
            "volume.flush",
            "volume.verify",
            "volume.delete",
            "volume.list");

    /** Each as often as it is drawn. */
    private static final List<Breakage> BREAKAGES = List.of(
            Breakage.KILL_SERVER,
            Breakage.KILL_COMPUTE,
            Breakage.KILL_COMPUTE,
            Breakage.KILL_RUNTIME,
            Breakage.KILL_RUNTIME,
            Breakage.RESTART_DATABASE,
            Breakage.KILL_DATABASE,
            Breakage.CALL,
            Breakage.CALL,
            Breakage.CALL,
            Breakage.CALL,
            Breakage.CALL,
            Breakage.CALL);

    private static final List<PlannedFaults.Kind> KINDS = List.of(PlannedFaults.Kind.values());

    private final Installation sandkeep;
    private final ChaosServer server;
    private final Random random;
    private final ChaosModel model = new ChaosModel();
    private final Map<String, Integer> operations = new TreeMap<>();
    private final Map<String, Integer> faults = new TreeMap<>();
    private final Deque<String> trace = new ArrayDeque<>();
    private int step;

    ChaosRun(Installation sandkeep, ChaosServer server, long seed) {
        this.sandkeep = sandkeep;
        this.server = server;
        this.random = new Random(seed);
    }

    /** What an operation is. */
    private enum Operation {
        CREATE(3),
        WRITE(8),
        READ(3),
        STOP(4),
        RESUME(5),
        DELETE(1),
        RACE(2),
        REFRESH(1);

        private final int weight;

        Operation(int weight) {
            this.weight = weight;
        }
    }

    /** What breaks besides calls. */
    private enum Breakage {
        KILL_SERVER,
        KILL_COMPUTE,
        KILL_RUNTIME,
        RESTART_DATABASE,
        KILL_DATABASE,
        CALL
    }

    /** What was done, for people and programs. */
    ObjectNode summary(long seed, Duration took) {
        ObjectNode summary = Json.object();
        summary.put("seed", seed).put("seconds", took.toSeconds()).put("steps", step);
        ObjectNode done = summary.putObject("operations");
        operations.forEach(done::put);
        ObjectNode broken = summary.putObject("faults");
        faults.forEach(broken::put);
        return summary.put("sessions", model.count());
    }

    /** The newest of what was done, one on a line. */
    String trace() {
        return String.join("\n", trace);
    }

    void run(Duration time) throws Exception {
        long until = System.nanoTime() + time.toNanos();
        while (System.nanoTime() < until) {
            step++;
            Operation operation = next();
            Optional<Breakage> breakage = random.nextInt(FAULT_IN) == 0
                    ? Optional.of(BREAKAGES.get(random.nextInt(BREAKAGES.size())))
                    : Optional.empty();
            // Drawn whether they are used or not: so a step takes the same numbers whatever comes of it.
            int millis = random.nextInt(400);
            int choice = random.nextInt(1 << 20);
            perform(operation, breakage, millis, choice);
        }
    }

    private Operation next() {
        int sum = Arrays.stream(Operation.values()).mapToInt(it -> it.weight).sum();
        int at = random.nextInt(sum);
        for (Operation operation : Operation.values()) {
            at -= operation.weight;
            if (at < 0) {
                return operation;
            }
        }
        throw new IllegalStateException();
    }

    private void perform(Operation operation, Optional<Breakage> breakage, int millis, int choice) throws Exception {
        List<ChaosModel.Known> alive = model.alive();
        Operation now = alive.isEmpty() ? Operation.CREATE : operation;
        if (now == Operation.CREATE && alive.size() >= MOST_SESSIONS) {
            now = Operation.DELETE;
        }
        ChaosModel.Known one = alive.isEmpty() ? null : alive.get(choice % alive.size());
        count(operations, now.name().toLowerCase(Locale.ROOT));
        note(now
                + (one == null ? "" : " " + one.name)
                + breakage.map(it -> " with " + it + " after " + millis + " ms").orElse(""));
        breakage.filter(it -> it == Breakage.CALL).ifPresent(it -> planCall(choice));
        List<FutureTask<Boolean>> running = begin(now, one, choice);
        if (breakage.isPresent() && breakage.get() != Breakage.CALL) {
            // The moment is drawn, and there is nothing to wait for.
            Thread.sleep(millis);
            breakIt(breakage.get(), one);
        }
        for (FutureTask<Boolean> request : running) {
            await(request);
        }
    }

    private void planCall(int choice) {
        String point = POINTS.get(choice % POINTS.size());
        PlannedFaults.Kind kind = KINDS.get((choice / POINTS.size()) % KINDS.size());
        if (point.equals("provider.exec") && kind == PlannedFaults.Kind.ANSWER_TWICE) {
            // A command that runs twice is not the server's doing, and nothing promises anything about it.
            kind = PlannedFaults.Kind.LOSE_ANSWER;
        }
        server.faults().plan(point, kind);
        count(faults, point + "~" + kind);
    }

    private void breakIt(Breakage breakage, ChaosModel.@Nullable Known one) throws Exception {
        switch (breakage) {
            case KILL_SERVER -> {
                server.kill();
                server.start();
                count(faults, "kill server");
            }
            case KILL_COMPUTE -> {
                if (one != null && killCompute(one)) {
                    count(faults, "kill compute");
                }
            }
            case KILL_RUNTIME -> server.killRuntime().ifPresent(command -> count(faults, "kill runtime"));
            case RESTART_DATABASE -> signalDatabase("INT", "restart database");
            case KILL_DATABASE -> signalDatabase("KILL", "kill database");
            case CALL -> throw new IllegalArgumentException();
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
            count(faults, what);
        }
    }

    // ------------------------------------------------------------------------------------------ operations

    private List<FutureTask<Boolean>> begin(Operation operation, ChaosModel.@Nullable Known one, int choice) {
        return switch (operation) {
            case CREATE -> List.of(begun(this::create));
            case REFRESH -> List.of(begun(this::refresh));
            default -> {
                ChaosModel.Known known = Objects.requireNonNull(one);
                yield switch (operation) {
                    case WRITE -> List.of(begun(() -> write(known)));
                    case READ -> List.of(begun(() -> read(known)));
                    case STOP -> List.of(begun(() -> stop(known)));
                    case RESUME -> List.of(begun(() -> resume(known)));
                    case DELETE -> List.of(begun(() -> delete(known)));
                    case RACE ->
                        List.of(
                                begun(() -> choice % 2 == 0 ? stop(known) : resume(known)),
                                begun(() -> choice % 3 == 0 ? stop(known) : resume(known)));
                    default -> throw new IllegalArgumentException();
                };
            }
        };
    }

    private FutureTask<Boolean> begun(Callable<Boolean> request) {
        FutureTask<Boolean> task = new FutureTask<>(() -> {
            try {
                return request.call();
            } catch (Failure unknown) {
                // Refused, cut off or failed: the model knows no more than before.
                note("   " + unknown.getMessage());
                return false;
            }
        });
        Thread.ofVirtual().start(task);
        return task;
    }

    private void await(FutureTask<Boolean> request) throws Exception {
        try {
            if (!request.get(LONGEST_REQUEST.toSeconds(), TimeUnit.SECONDS)) {
                count(operations, "without an answer, or refused");
            }
        } catch (TimeoutException e) {
            throw new AssertionError("a request has no answer for " + LONGEST_REQUEST, e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof AssertionError wrong) {
                throw wrong;
            }
            throw e;
        }
    }

    private boolean create() {
        ChaosModel.Known known;
        synchronized (model) {
            known = model.add("run-" + (model.count() + 1));
        }
        try (SandkeepClient client = sandkeep.client()) {
            new Sessions(client).start(Json.object().put("profile", PROFILE).put("name", known.name));
            known.created = true;
            return true;
        } catch (Failure unknown) {
            // It may exist, or come to exist; in the end it is looked for.
            note("   " + unknown.getMessage());
            return false;
        }
    }

    private boolean refresh() {
        try (SandkeepClient client = sandkeep.client()) {
            client.create(Route.of("profiles", PROFILE, "versions", "1", "refresh"), Json.object());
            return true;
        }
    }

    private boolean write(ChaosModel.Known known) {
        int number = known.next();
        String script = """
                set -e; mkdir -p /root/f; i=0
                while [ $i -lt 200 ]; do echo "%1$d $i"; i=$((i+1)); done > /root/f/%1$d.new
                mv /root/f/%1$d.new /root/f/%1$d; echo %1$d >> /root/log; echo said
                """.formatted(number);
        try (SandkeepClient client = sandkeep.client()) {
            JsonNode answer = new Sessions(client).shell(known.name, script);
            if (answer.path("exitCode").asInt(-1) == 0
                    && answer.path("stdout").asString("").equals("said\n")) {
                known.written.add(number);
                return true;
            }
            return false;
        }
    }

    private boolean stop(ChaosModel.Known known) {
        Set<Integer> before = new TreeSet<>(known.written);
        try (SandkeepClient client = sandkeep.client()) {
            Session stopped =
                    new Sessions(client).stop(known.name, Json.object().put("graceSeconds", 1));
            if (stopped.state().equals("stopped") && stopped.failure().isEmpty()) {
                known.stopped(before);
                return true;
            }
            return false;
        }
    }

    private boolean resume(ChaosModel.Known known) {
        try (SandkeepClient client = sandkeep.client()) {
            return new Sessions(client).resume(known.name).state().equals("running");
        }
    }

    private boolean delete(ChaosModel.Known known) {
        known.deletionAsked = true;
        try (SandkeepClient client = sandkeep.client()) {
            new Sessions(client).delete(known.name);
            return true;
        }
    }

    private boolean read(ChaosModel.Known known) {
        try (SandkeepClient client = sandkeep.client()) {
            return check(client, known);
        }
    }

    /** Compares content with the model. @return false when it could not be read */
    private boolean check(SandkeepClient client, ChaosModel.Known known) {
        JsonNode answer = new Sessions(client).shell(known.name, """
                cat /root/log 2> /dev/null || true; echo --
                for f in /root/f/*; do n=${f##*/}; [ "$(grep -c "^$n " "$f" 2> /dev/null)" = 200 ] && echo "$n"; done; echo end
                """);
        String text = answer.path("stdout").asString("");
        if (answer.path("exitCode").asInt(-1) != 0 || !text.endsWith("end\n")) {
            return false;
        }
        List<Integer> log = new ArrayList<>();
        Set<Integer> files = new TreeSet<>();
        boolean second = false;
        for (String line : text.split("\n", -1)) {
            if (line.equals("--")) {
                second = true;
            } else if (line.matches("[0-9]+")) {
                if (second) {
                    files.add(Integer.parseInt(line));
                } else {
                    log.add(Integer.parseInt(line));
                }
            }
        }
        assertThat(known.complaints(log, files))
                .as("%s holds %s, of which %s are durable", known.name, log, known.durable)
                .isEmpty();
        return true;
    }

    // ------------------------------------------------------------------------------------------ the end

    /** Nothing breaks any more: all must come to rest, hold what it should, and leave nothing when it goes. */
    void settle() throws Exception {
        count(faults, "planned and never met", server.faults().heal());
        try (SandkeepClient client = sandkeep.client()) {
            Sessions sessions = new Sessions(client);
            for (ChaosModel.Known known : model.all()) {
                Optional<Session> found = atRest(sessions, known);
                if (found.isEmpty() || known.deletionAsked) {
                    assertThat(known.created && !known.deletionAsked)
                            .as(known.name + " is gone, and nobody asked for that")
                            .isFalse();
                    continue;
                }
                Installation.await(known.name + " runs again", () -> runs(sessions, known));
                Installation.await(known.name + " can be read", () -> readable(client, known));
            }
            sandkeep.deleteSessions();
            Installation.await(
                    "no session is left",
                    () -> client.list(Route.of("sessions")).isEmpty());
        }
        Installation.await("no leaks", () -> sandkeep.leaks().isEmpty());
        for (String stuck : List.of(
                "select id from sandboxes where state <> 'deleted'",
                "select id from snapshot_jobs where state in ('queued', 'running')",
                "select owner from computes where state <> 'destroyed'",
                "select kind || ' ' || name || ' ' || reason from findings where ended_at is null")) {
            Installation.await(stuck + " finds nothing", () -> rows(stuck).isEmpty());
        }
    }

    private Optional<Session> atRest(Sessions sessions, ChaosModel.Known known) {
        Installation.await(known.name + " comes to rest", () -> {
            try {
                return !sessions.find(known.name).changing();
            } catch (ApiProblem problem) {
                return problem.status() == 404;
            }
        });
        try {
            return Optional.of(sessions.find(known.name));
        } catch (ApiProblem gone) {
            assertThat(gone.status()).isEqualTo(404);
            return Optional.empty();
        }
    }

    private static boolean runs(Sessions sessions, ChaosModel.Known known) {
        try {
            return sessions.resume(known.name).state().equals("running");
        } catch (Failure notYet) {
            return false;
        }
    }

    private boolean readable(SandkeepClient client, ChaosModel.Known known) {
        try {
            return check(client, known);
        } catch (Failure notYet) {
            return false;
        }
    }

    private List<String> rows(String query) {
        List<String> found = new ArrayList<>();
        try (Connection database = sandkeep.connect();
                Statement statement = database.createStatement();
                ResultSet rows = statement.executeQuery(query)) {
            while (rows.next()) {
                found.add(rows.getString(1));
            }
            return found;
        } catch (SQLException e) {
            return List.of(String.valueOf(e.getMessage()));
        }
    }

    private void note(String what) {
        synchronized (trace) {
            trace.addLast(step + " " + what);
            if (trace.size() > TRACE) {
                trace.removeFirst();
            }
        }
    }

    private static void count(Map<String, Integer> counts, String what) {
        count(counts, what, 1);
    }

    private static void count(Map<String, Integer> counts, String what, int more) {
        synchronized (counts) {
            counts.merge(what, more, Integer::sum);
        }
    }
}
