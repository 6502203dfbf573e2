package dev.sandkeep.bench;

import dev.sandkeep.cli.client.Json;
import dev.sandkeep.cli.client.Route;
import dev.sandkeep.cli.client.SandkeepClient;
import dev.sandkeep.cli.client.Session;
import dev.sandkeep.cli.host.BareContainer;
import dev.sandkeep.cli.terminal.Progress;
import dev.sandkeep.cli.terminal.Times;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import tools.jackson.databind.node.ObjectNode;

@Command(
        name = "start",
        description = {
            "Measure the start of a session.",
            "",
            "In alternation: create a session through the API until it runs, and its first command; the bare OCI runtime"
                    + " with an equal container; and, where a Docker engine answers, 'docker run' and 'docker exec' with an"
                    + " equal image and equal limits. Both 'run's run /bin/true and wait for its end; 'docker run --detach'"
                    + " stands beside them. " + StartBench.SESSIONS_TO_WARM_UP
                    + " sessions and the first rounds are thrown away."
        },
        sortOptions = false)
final class StartBench implements Callable<Integer> {
    private static final int WARM_UP = 5;

    /** A server that just started has most of its code still to compile; what is asked is how it does at work. */
    static final int SESSIONS_TO_WARM_UP = 100;

    @ParentCommand
    Bench bench;

    @Option(
            names = "--runs",
            paramLabel = "N",
            defaultValue = "40",
            description = "How many rounds to measure (default: ${DEFAULT-VALUE}).")
    int runs;

    @Override
    public Integer call() {
        Figures figures = new Figures("start");
        try (SandkeepClient client = bench.client();
                Leftovers leftovers = new Leftovers(bench.terminal());
                Progress progress = new Progress(bench.terminal(), "", "measuring starts")) {
            progress.detail("publishing a profile");
            BenchProfile profile = BenchProfile.publish(client, false, leftovers);
            Session model = profile.start();
            progress.detail("preparing an equal container");
            BareContainer bare = BareContainer.like(bench.dataDirectory(), model.sandboxId(), model.generation());
            leftovers.removeLater(bare::close);
            Optional<Docker> docker = Docker.withImageOf(bench.dataDirectory(), model, leftovers);
            measure(figures, client, profile, bare, docker, progress);
            progress.done("measured " + runs + " rounds after " + SESSIONS_TO_WARM_UP + " sessions and " + WARM_UP
                    + " rounds to warm up");
        }
        return bench.conclude(figures);
    }

    private void measure(
            Figures figures,
            SandkeepClient client,
            BenchProfile profile,
            BareContainer bare,
            Optional<Docker> docker,
            Progress progress) {
        Samples create = figures.row("session: create to running");
        Samples output = figures.row("session: create and first command's output");
        Samples plain = figures.row(bare.runtimeName() + " run, an equal container");
        DockerRows dockers = DockerRows.in(figures);
        progress.detail("warming up");
        for (int session = 0; session < SESSIONS_TO_WARM_UP; session++) {
            startSession(client, profile, new Samples(""), new Samples(""));
        }
        for (int round = -WARM_UP; round < runs; round++) {
            progress.detail(round < 0 ? "warming up" : "round " + (round + 1) + " of " + runs);
            boolean counts = round >= 0;
            startSession(client, profile, counts ? create : new Samples(""), counts ? output : new Samples(""));
            Duration took = bare.time("/bin/true");
            if (counts) {
                plain.add(took);
            }
            docker.ifPresent(engine -> startDocker(engine, counts ? dockers : DockerRows.in(new Figures("warm-up"))));
        }
        figures.budget("create to running / " + bare.runtimeName() + " run", 2.0, create, plain);
        figures.budget("create to running / docker run", 1.0 / 8, create, dockers.run());
        figures.budget("create + first output / docker run + docker exec", 1.0 / 6, output, dockers.both());
        if (docker.isEmpty()) {
            figures.remark("No Docker engine answers on this machine; its rows and budgets are left out.");
        }
    }

    private static void startSession(SandkeepClient client, BenchProfile profile, Samples create, Samples output) {
        long began = System.nanoTime();
        Session session = profile.start();
        create.add(Times.since(began));
        ObjectNode command = Json.object();
        command.putArray("command").add("/bin/echo").add("ready");
        client.post(Route.of("sessions", session.id(), "exec"), command);
        output.add(Times.since(began));
        profile.sessions().delete(session.id());
    }

    private record DockerRows(Samples run, Samples both, Samples detached) {
        static DockerRows in(Figures figures) {
            return new DockerRows(
                    figures.row("docker run"),
                    figures.row("docker run + docker exec"),
                    figures.row("docker run --detach"));
        }
    }

    private static void startDocker(Docker docker, DockerRows rows) {
        long began = System.nanoTime();
        docker.run();
        Duration run = Times.since(began);
        rows.run().add(run);
        began = System.nanoTime();
        String container = docker.start();
        rows.detached().add(Times.since(began));
        began = System.nanoTime();
        docker.exec(container, "/bin/echo", "ready");
        rows.both().add(run.plus(Times.since(began)));
        docker.remove(container);
    }
}
