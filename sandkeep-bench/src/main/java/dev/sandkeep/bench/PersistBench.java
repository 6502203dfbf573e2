package dev.sandkeep.bench;

import dev.sandkeep.cli.client.Failure;
import dev.sandkeep.cli.client.Json;
import dev.sandkeep.cli.client.Route;
import dev.sandkeep.cli.client.SandkeepClient;
import dev.sandkeep.cli.client.Session;
import dev.sandkeep.cli.client.Sessions;
import dev.sandkeep.cli.terminal.Progress;
import dev.sandkeep.cli.terminal.Times;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import java.util.function.Supplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

@Command(
        name = "persist",
        aliases = "resume",
        description = {
            "Measure what persistence costs a session with much in it.",
            "",
            "Fills /root with many files, then in alternation: checkpoint that session while it runs, stop it, fork it, roll it"
                    + " back, resume it, and create an ephemeral one."
        },
        sortOptions = false)
final class PersistBench implements Callable<Integer> {
    private static final int WARM_UP = 2;
    private static final Duration FILLING_TAKES_AT_MOST = Duration.ofMinutes(10);
    private static final Route SETTINGS = Route.of("settings", "sandboxes");
    private static final String ALLOW = "allowPersistentSandboxes";

    @ParentCommand
    Bench bench;

    @Option(
            names = "--runs",
            paramLabel = "N",
            defaultValue = "15",
            description = "How many rounds to measure (default: ${DEFAULT-VALUE}).")
    int runs;

    @Option(
            names = "--files",
            paramLabel = "N",
            defaultValue = "50000",
            description = "How many files to put under /root (default: ${DEFAULT-VALUE}).")
    int files;

    @Option(
            names = "--mib",
            paramLabel = "N",
            defaultValue = "1024",
            description = "How large they are together (default: ${DEFAULT-VALUE}).")
    int mebibytes;

    @Override
    public Integer call() {
        Figures figures = new Figures("persist");
        try (SandkeepClient client = bench.client();
                Leftovers leftovers = new Leftovers(bench.terminal());
                Progress progress = new Progress(bench.terminal(), "", "measuring persistence")) {
            allowPersistentSandboxes(client, leftovers);
            progress.detail("publishing two profiles");
            BenchProfile ephemeral = BenchProfile.publish(client, false, leftovers);
            BenchProfile persistent = BenchProfile.publish(client, true, leftovers);
            Session session = persistent.start();
            if (!session.mode().equals("persistent")) {
                throw new Failure("the session is not persistent", "check 'sandkeep settings show'");
            }
            progress.detail("writing " + mebibytes + " MiB in " + files + " files");
            fill(client, session);
            measure(figures, client, ephemeral, session, progress);
            progress.done("measured " + runs + " rounds after " + WARM_UP + " to warm up");
        }
        figures.remark("The persistent session holds " + mebibytes + " MiB in " + files + " files under /root.");
        return bench.conclude(figures);
    }

    private static void allowPersistentSandboxes(SandkeepClient client, Leftovers leftovers) {
        boolean before = client.get(SETTINGS).path(ALLOW).asBoolean(false);
        if (!before) {
            leftovers.removeLater(() -> client.put(SETTINGS, Json.object().put(ALLOW, false)));
            client.put(SETTINGS, Json.object().put(ALLOW, true));
        }
    }

    private void fill(SandkeepClient client, Session session) {
        long each = Math.max(1, ((long) mebibytes << 20) / files);
        ObjectNode body = Json.object().put("timeoutSeconds", FILLING_TAKES_AT_MOST.toSeconds());
        body.putArray("command")
                .add("sh")
                .add("-c")
                .add("mkdir /root/data && cd /root/data && head -c " + each * files
                        + " /dev/urandom | split --suffix-length=6 --numeric-suffixes --bytes=" + each
                        + " - file && ls | wc -l");
        JsonNode result = client.post(Route.of("sessions", session.id(), "exec"), body);
        if (result.path("exitCode").asInt(-1) != 0) {
            throw new Failure("filling /root failed: " + result.path("stderr").asString(""), "");
        }
    }

    private void measure(
            Figures figures, SandkeepClient client, BenchProfile ephemeral, Session session, Progress progress) {
        Sessions sessions = new Sessions(client);
        Samples create = figures.row("ephemeral session: create to running");
        Samples running = figures.row("persistent session: checkpoint while it runs");
        Samples stop = figures.row("persistent session: stop, flushed and verified");
        Samples stopped = figures.row("persistent session: checkpoint of the stopped one");
        Samples fork = figures.row("persistent session: fork of the stopped one to running");
        Samples more = figures.row("  of which more than an ephemeral create");
        Samples rollback = figures.row("persistent session: roll the stopped one back");
        Samples resume = figures.row("persistent session: resume to running");
        for (int round = -WARM_UP; round < runs; round++) {
            progress.detail(round < 0 ? "warming up" : "round " + (round + 1) + " of " + runs);
            boolean counts = round >= 0;
            Timing timing = new Timing(counts);

            Duration created = timing.of(create, () -> ephemeral.start().id(), ephemeral.sessions()::delete);
            String checkpoint = timing.of(running, () -> checkpoint(client, session));
            timing.of(stop, () -> sessions.stop(session.id(), Json.object()));
            timing.of(stopped, () -> checkpoint(client, session));
            Duration forked = timing.of(fork, () -> fork(client, session), sessions::delete);
            if (counts) {
                more.add(forked.minus(created));
            }
            ObjectNode back = Json.object().put("checkpoint", checkpoint);
            timing.of(rollback, () -> client.create(Route.of("sessions", session.id(), "rollback"), back));
            timing.of(resume, () -> sessions.resume(session.id()));
        }
        figures.budget("resume / ephemeral create", 1.3, resume, create);
        figures.limit("checkpoint of a stopped sandbox, ms", 50, stopped);
        figures.limit("fork of a stopped sandbox, more than a create, ms", 50, more);
        figures.limit("rollback of a stopped sandbox, ms", 50, rollback);
    }

    private static String checkpoint(SandkeepClient client, Session session) {
        return client.create(Route.of("sessions", session.id(), "checkpoints"), Json.object())
                .path("id")
                .asString();
    }

    /** Waits until the new session runs. */
    private static String fork(SandkeepClient client, Session session) {
        Session forked = new Session(client.create(Route.of("sessions", session.id(), "fork"), Json.object()));
        if (!forked.state().equals("running")) {
            throw new Failure(
                    "the fork " + forked.id() + " does not run: " + forked.state(), "see 'sandkeep session show'");
        }
        return forked.id();
    }

    /** @param counts whether what is measured goes into the samples */
    private record Timing(boolean counts) {
        <T> T of(Samples samples, Supplier<T> action) {
            long began = System.nanoTime();
            T result = action.get();
            Duration took = Times.since(began);
            if (counts) {
                samples.add(took);
            }
            return result;
        }

        /** Cleans up after the time was taken, and answers how long it took. */
        <T> Duration of(Samples samples, Supplier<T> action, Consumer<T> cleanUp) {
            long began = System.nanoTime();
            T result = action.get();
            Duration took = Times.since(began);
            if (counts) {
                samples.add(took);
            }
            cleanUp.accept(result);
            return took;
        }
    }
}
