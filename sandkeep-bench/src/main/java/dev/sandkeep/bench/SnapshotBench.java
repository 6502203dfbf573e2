package dev.sandkeep.bench;

import dev.sandkeep.cli.client.Failure;
import dev.sandkeep.cli.client.SandkeepClient;
import dev.sandkeep.cli.client.Session;
import dev.sandkeep.cli.client.SnapshotJob;
import dev.sandkeep.cli.terminal.Progress;
import dev.sandkeep.cli.terminal.Times;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import tools.jackson.databind.JsonNode;

@Command(
        name = "snapshot",
        description = {
            "Measure the capture of a snapshot, and starts from it.",
            "",
            "In alternation: build a profile whose setup writes many files, once left for the capture to flush and once"
                    + " flushed by the setup itself, and one with a single file; start sessions from the first and the last;"
                    + " and, where a Docker engine answers, write the same files in a container, 'docker commit' it and"
                    + " 'docker run' the image."
        },
        sortOptions = false)
final class SnapshotBench implements Callable<Integer> {
    private static final int STARTS = 5;
    /** What the capture may take beside the flush, in milliseconds. */
    private static final double WITHOUT_FLUSH_MILLIS = 50;

    @ParentCommand
    Bench bench;

    @Option(
            names = "--runs",
            paramLabel = "N",
            defaultValue = "3",
            description = "How many rounds to measure (default: ${DEFAULT-VALUE}).")
    int runs;

    @Option(
            names = "--files",
            paramLabel = "N",
            defaultValue = "20000",
            description = "How many files the setup writes (default: ${DEFAULT-VALUE}).")
    int files;

    @Option(
            names = "--mib",
            paramLabel = "N",
            defaultValue = "300",
            description = "How large they are together (default: ${DEFAULT-VALUE}).")
    int mebibytes;

    private record Rows(
            Samples dirty,
            Samples flushed,
            Samples small,
            Samples firstStart,
            Samples otherStarts,
            Samples commit,
            Samples firstRun) {}

    @Override
    public Integer call() {
        Figures figures = new Figures("snapshot");
        Rows rows = new Rows(
                figures.row("capture of " + mebibytes + " MiB in " + files + " files, flush included"),
                figures.row("capture of the same, flushed before"),
                figures.row("capture of one file"),
                figures.row("first session from the large snapshot"),
                figures.row("sessions from a small snapshot"),
                figures.row("docker commit of the same"),
                figures.row("first docker run from that"));
        try (SandkeepClient client = bench.client();
                Leftovers leftovers = new Leftovers(bench.terminal());
                Progress progress = new Progress(bench.terminal(), "", "measuring snapshots")) {
            progress.detail("publishing a profile");
            BenchProfile small = BenchProfile.publish(client, "echo small > /opt/small && sync", leftovers);
            Session model = small.start();
            Optional<Docker> docker = Docker.withImageOf(bench.dataDirectory(), model, leftovers);
            for (int round = 1; round <= runs; round++) {
                progress.detail("round " + round + " of " + runs);
                measure(rows, client, small, docker, leftovers);
            }
            if (docker.isEmpty()) {
                figures.remark("No Docker engine answers on this machine; its rows and budgets are left out.");
            }
            progress.done("measured " + runs + " rounds");
        }
        figures.budget("capture / docker commit", 1.0 / 15, rows.dirty(), rows.commit());
        figures.limit("capture without the flush, in ms", WITHOUT_FLUSH_MILLIS, rows.flushed());
        figures.budget(
                "first start from the large snapshot / other starts", 1.2, rows.firstStart(), rows.otherStarts());
        return bench.conclude(figures);
    }

    private void measure(
            Rows rows, SandkeepClient client, BenchProfile small, Optional<Docker> docker, Leftovers leftovers) {
        BenchProfile large = BenchProfile.publish(client, script(), leftovers);
        rows.dirty().add(capture(large.job()));
        large.delete();
        BenchProfile flushed = BenchProfile.publish(client, script() + " && sync", leftovers);
        rows.flushed().add(capture(flushed.job()));
        rows.small()
                .add(capture(BenchProfile.publish(client, "echo > /opt/one && sync", leftovers)
                        .job()));
        for (int i = 0; i < STARTS; i++) {
            rows.otherStarts().add(start(small));
        }
        rows.firstStart().add(start(flushed));
        flushed.delete();
        docker.ifPresent(engine -> {
            String container = engine.start();
            engine.exec(container, "sh", "-c", script());
            long began = System.nanoTime();
            Docker committed = engine.commit(container);
            rows.commit().add(Times.since(began));
            began = System.nanoTime();
            committed.run();
            rows.firstRun().add(Times.since(began));
            engine.remove(container);
            committed.removeImage();
        });
    }

    private static Duration start(BenchProfile profile) {
        long began = System.nanoTime();
        Session session = profile.start();
        Duration took = Times.since(began);
        profile.sessions().delete(session.id());
        return took;
    }

    private String script() {
        long each = Math.max(1, ((long) mebibytes << 20) / files);
        return "mkdir /opt/data && cd /opt/data && head -c " + each * files
                + " /dev/urandom | split --suffix-length=6 --numeric-suffixes --bytes=" + each + " - file";
    }

    private static Duration capture(SnapshotJob job) {
        for (JsonNode phase : job.json().path("phases")) {
            if (phase.path("name").asString("").equals("capture")) {
                return Duration.ofMillis(phase.path("durationMs").asLong());
            }
        }
        throw new Failure("job " + job.id() + " does not tell how long its capture took", "");
    }
}
