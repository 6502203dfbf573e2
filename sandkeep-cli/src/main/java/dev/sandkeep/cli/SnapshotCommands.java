package dev.sandkeep.cli;

import dev.sandkeep.cli.client.Failure;
import dev.sandkeep.cli.client.JobLog;
import dev.sandkeep.cli.client.Json;
import dev.sandkeep.cli.client.Route;
import dev.sandkeep.cli.client.SandkeepClient;
import dev.sandkeep.cli.client.SnapshotJob;
import dev.sandkeep.cli.terminal.PhasedLog;
import dev.sandkeep.cli.terminal.Sizes;
import dev.sandkeep.cli.terminal.Table;
import dev.sandkeep.cli.terminal.Times;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

@Command(
        name = "snapshot",
        description = "Look at the snapshots of profiles and at the jobs that build them.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = ScheduleCommands.class,
        sortOptions = false)
final class SnapshotCommands extends SnapshotHistoryCommands {
    private static final String JOB = "JOB";
    private static final String JOB_DESCRIPTION = "Id of a snapshot job, or a profile for its latest job.";

    @Command(
            aliases = "ls",
            description = "List the snapshots, or the jobs that built or build them.",
            sortOptions = false)
    int list(
            @Option(names = "--profile", paramLabel = "PROFILE", description = "Only of this profile.") @Nullable
                    String profile,
            @Option(names = "--jobs", description = "List jobs instead of snapshots.") boolean jobs,
            @Option(
                            names = "--state",
                            paramLabel = "STATE",
                            description =
                                    "With --jobs: only queued, running, succeeded, failed, canceled or skipped ones.")
                    @Nullable
                    String state) {
        try (SandkeepClient client = root.client()) {
            List<JsonNode> items = jobs || state != null
                    ? client.list(
                            Route.of("snapshot-jobs").with("profile", profile).with("state", state))
                    : client.list(Route.of("snapshots").with("profile", profile));
            Table table = jobs || state != null ? jobTable(items) : snapshotTable(items);
            root.report().showList(items, terminal -> {
                if (table.isEmpty()) {
                    terminal.note("none; a snapshot is built when a profile is published");
                } else {
                    table.print(terminal);
                }
            });
            return 0;
        }
    }

    private static Table snapshotTable(List<JsonNode> snapshots) {
        Table table = new Table("ID", "PROFILE", "VERSION", "CURRENT", "PINNED", "SIZE", "CREATED", "JOB");
        snapshots.forEach(snapshot -> table.row(
                snapshot.path("id").asString(),
                snapshot.path("profileName").asString(),
                snapshot.path("version").asString(),
                snapshot.path("current").asBoolean(false) ? "yes" : "-",
                snapshot.path("pin").isObject() ? "yes" : "-",
                snapshot.path("ownBytes").isNumber()
                        ? Sizes.of(snapshot.path("ownBytes").asLong())
                        : "-",
                Times.ago(snapshot.path("createdAt").asString(""), Instant.now()),
                snapshot.path("jobId").asString("-")));
        return table;
    }

    private static Table jobTable(List<JsonNode> jobs) {
        Table table = new Table("ID", "PROFILE", "VERSION", "TRIGGER", "STATE", "PHASE", "TOOK", "QUEUED");
        jobs.forEach(job -> table.row(
                job.path("id").asString(),
                job.path("profileName").asString(),
                job.path("version").asString(),
                job.path("trigger").asString(),
                job.path("state").asString(),
                job.path("failure").path("code").asString(job.path("phase").asString("-")),
                took(job),
                Times.ago(job.path("queuedAt").asString(""), Instant.now())));
        return table;
    }

    private static String took(JsonNode job) {
        try {
            Instant started = Instant.parse(job.path("startedAt").asString(""));
            return Times.took(
                    Duration.between(started, Instant.parse(job.path("endedAt").asString(""))));
        } catch (DateTimeException notOver) {
            return "-";
        }
    }

    @Command(description = "Print the log of a snapshot job.", sortOptions = false)
    int log(
            @Parameters(paramLabel = JOB, description = JOB_DESCRIPTION) String job,
            @Option(
                            names = {"-f", "--follow"},
                            description = "Follow it until the job is over; exit with 1 when it fails.")
                    boolean follow) {
        try (SandkeepClient client = root.client()) {
            String id = jobId(client, job);
            Consumer<JobLog.Line> printer = root.json()
                    ? line -> root.terminal().result(Json.compact(line.json()))
                    : printer(new PhasedLog(root.terminal(), "", root.terminal()::result));
            JobLog log = new JobLog(client, id);
            if (!follow) {
                log.soFar(printer);
                return 0;
            }
            SnapshotJob ended = log.follow(printer);
            if (!ended.succeeded() && !ended.skipped()) {
                throw JobLog.failure(ended);
            }
            return 0;
        }
    }

    @Command(
            description = {
                "Build the snapshot of a published version again.",
                "",
                "The version keeps serving its present snapshot until the new one is ready, and when the job fails. A profile"
                        + " with a maintenance script is refreshed by that script on top of the present snapshot."
            },
            sortOptions = false)
    int refresh(
            @Parameters(paramLabel = "PROFILE", description = "Name or id.") String profile,
            @Option(names = "--version", paramLabel = "N", description = "Which version (default: the latest).")
                    @Nullable
                    Integer version,
            @Option(names = "--full", description = "Build from the base image, even with a maintenance script.")
                    boolean full,
            @Option(
                            names = "--only-if-changed",
                            description =
                                    "Build only if the base image, a repository or a package of the profile changed.")
                    boolean onlyIfChanged,
            @Option(names = "--no-wait", description = "Return once the job is queued.") boolean noWait) {
        try (SandkeepClient client = root.client()) {
            String number = version == null ? latestVersion(client, profile) : version.toString();
            SnapshotJob job = new SnapshotJob(client.create(
                    Route.of("profiles", profile, "versions", number, "refresh"),
                    Json.object().put("full", full).put("onlyIfChanged", onlyIfChanged)));
            root.report().note("the snapshot of " + job.subject() + " is being built again by " + job.id());
            if (noWait) {
                root.report()
                        .show(job.json(), terminal -> terminal.note("next:  sandkeep snapshot log -f " + job.id()));
                return 0;
            }
            return followToEnd(root, client, job.id());
        }
    }

    @Command(description = "Cancel a snapshot job. The version keeps the snapshot it had.", sortOptions = false)
    int cancel(@Parameters(paramLabel = JOB, description = JOB_DESCRIPTION) String job) {
        try (SandkeepClient client = root.client()) {
            SnapshotJob canceled = new SnapshotJob(
                    client.post(Route.of("snapshot-jobs", jobId(client, job), "cancel"), Json.object()));
            root.report().done(canceled.json(), "snapshot job " + canceled.id() + " is " + describe(canceled));
            return 0;
        }
    }

    private static String describe(SnapshotJob job) {
        return job.over() ? job.state() : "being canceled";
    }

    private static String latestVersion(SandkeepClient client, String profile) {
        String latest =
                client.get(Route.of("profiles", profile)).path("latestVersion").asString("");
        if (latest.isEmpty()) {
            throw new Failure(
                    "profile " + profile + " has no published version",
                    "publish its draft: sandkeep profile publish " + profile);
        }
        return latest;
    }

    private static String jobId(SandkeepClient client, String jobOrProfile) {
        if (jobOrProfile.startsWith("job_")) {
            return jobOrProfile;
        }
        JsonNode version =
                client.get(Route.of("profiles", jobOrProfile, "versions", latestVersion(client, jobOrProfile)));
        String active = version.path("activeJobId").asString("");
        return active.isEmpty() ? version.path("lastJob").path("id").asString() : active;
    }

    /** Shows a job's log until its end. Answers 0 when a snapshot came out. */
    static int followToEnd(Sandkeep root, SandkeepClient client, String jobId) {
        long began = System.nanoTime();
        Consumer<JobLog.Line> printer =
                root.json() ? line -> {} : printer(new PhasedLog(root.terminal(), "  ", root.terminal()::note));
        SnapshotJob job = new JobLog(client, jobId).follow(printer);
        if (job.skipped()) {
            root.report().done(job.json(), "nothing has changed: " + job.subject() + " keeps its present snapshot");
            return 0;
        }
        if (!job.succeeded()) {
            throw JobLog.failure(job);
        }
        String profile = job.json().path("profileName").asString();
        root.report().show(job.json(), terminal -> {
            terminal.result(job.subject() + " is ready: snapshot "
                    + job.json().path("snapshotId").asString() + ", built in " + Times.took(Times.since(began)));
            terminal.note("next:  sandkeep session start " + profile);
        });
        return 0;
    }

    /** Shows the log of a setup script's test until its end. Answers 0 when the script ran through. */
    static int followTest(Sandkeep root, SandkeepClient client, String jobId) {
        long began = System.nanoTime();
        Consumer<JobLog.Line> printer =
                root.json() ? line -> {} : printer(new PhasedLog(root.terminal(), "  ", root.terminal()::note));
        SnapshotJob job = new JobLog(client, jobId).follow(printer);
        if (!job.succeeded()) {
            throw JobLog.failure(job);
        }
        root.report()
                .done(
                        job.json(),
                        "the setup script ended with exit code 0, everything took " + Times.took(Times.since(began)));
        return 0;
    }

    private static Consumer<JobLog.Line> printer(PhasedLog log) {
        return line -> log.line(line.phase(), line.text(), line.fromSystem());
    }
}
