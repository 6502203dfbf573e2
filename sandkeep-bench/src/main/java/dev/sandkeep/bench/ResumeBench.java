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
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

@Command(
        name = "resume",
        description = {
            "Measure the resume of a persistent session with much in it.",
            "",
            "Fills /root with many files, then in alternation: stop and resume that session, and create an ephemeral one."
        },
        sortOptions = false)
final class ResumeBench implements Callable<Integer> {
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
        Figures figures = new Figures("resume");
        try (SandkeepClient client = bench.client();
                Leftovers leftovers = new Leftovers(bench.terminal());
                Progress progress = new Progress(bench.terminal(), "", "measuring resumes")) {
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
            measure(figures, ephemeral, persistent.sessions(), session, progress);
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
            Figures figures, BenchProfile ephemeral, Sessions sessions, Session session, Progress progress) {
        Samples create = figures.row("ephemeral session: create to running");
        Samples resume = figures.row("persistent session: resume to running");
        Samples stop = figures.row("persistent session: stop, flushed and verified");
        for (int round = -WARM_UP; round < runs; round++) {
            progress.detail(round < 0 ? "warming up" : "round " + (round + 1) + " of " + runs);
            boolean counts = round >= 0;

            long began = System.nanoTime();
            Session other = ephemeral.start();
            Duration createTook = Times.since(began);
            ephemeral.sessions().delete(other.id());

            began = System.nanoTime();
            sessions.stop(session.id(), Json.object());
            Duration stopTook = Times.since(began);

            began = System.nanoTime();
            sessions.resume(session.id());
            Duration resumeTook = Times.since(began);
            if (counts) {
                create.add(createTook);
                stop.add(stopTook);
                resume.add(resumeTook);
            }
        }
        figures.budget("resume / ephemeral create", 1.3, resume, create);
    }
}
