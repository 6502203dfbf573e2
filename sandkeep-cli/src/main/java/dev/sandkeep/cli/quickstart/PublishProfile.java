package dev.sandkeep.cli.quickstart;

import dev.sandkeep.cli.client.ApiProblem;
import dev.sandkeep.cli.client.Failure;
import dev.sandkeep.cli.client.JobLog;
import dev.sandkeep.cli.client.Json;
import dev.sandkeep.cli.client.Route;
import dev.sandkeep.cli.client.SandkeepClient;
import dev.sandkeep.cli.client.SnapshotJob;
import dev.sandkeep.cli.client.SpecFile;
import dev.sandkeep.cli.host.Launcher;
import dev.sandkeep.cli.terminal.PhasedLog;
import dev.sandkeep.cli.terminal.Terminal;
import dev.sandkeep.cli.terminal.Terminal.Style;
import dev.sandkeep.cli.terminal.Times;
import java.nio.file.Path;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Makes sure that a usable version of the profile exists and equals the example's file. */
final class PublishProfile {
    static final String NAME = "quickstart";
    private static final String FILE = "examples/quickstart.yaml";
    private static final String ALLOW_PERSISTENT = "allowPersistentSandboxes";

    private final Terminal terminal;
    private final Launcher launcher;
    private final SandkeepClient client;
    private final Timings timings;

    PublishProfile(Terminal terminal, Launcher launcher, SandkeepClient client, Timings timings) {
        this.terminal = terminal;
        this.launcher = launcher;
        this.client = client;
        this.timings = timings;
    }

    void run() {
        long began = System.nanoTime();
        allowPersistentSandboxes();
        Path file = launcher.file(FILE);
        ObjectNode wanted = SpecFile.read(file.toString()).spec();
        Optional<JsonNode> latest = latestVersion();
        if (latest.isPresent() && contains(latest.get().path("spec"), wanted)) {
            reuse(latest.get());
            timings.add("profile with a ready snapshot", Times.since(began), "reused");
        } else {
            say("ok", "specification from " + file);
            follow(publish(wanted));
            timings.add("publish the profile, build its snapshot", Times.since(began), "");
        }
    }

    private void allowPersistentSandboxes() {
        Route settings = Route.of("settings", "sandboxes");
        boolean allowed = client.get(settings).path(ALLOW_PERSISTENT).asBoolean(false);
        if (!allowed) {
            client.put(settings, Json.object().put(ALLOW_PERSISTENT, true));
        }
        say("ok", "the organization allows persistent sandboxes" + (allowed ? "" : " from now on"));
    }

    private Optional<JsonNode> latestVersion() {
        JsonNode profile;
        try {
            profile = client.get(Route.of("profiles", NAME));
        } catch (ApiProblem e) {
            if (e.status() == 404) {
                client.create(Route.of("profiles"), Json.object().put("name", NAME));
                say("ok", "created the profile");
                return Optional.empty();
            }
            throw e;
        }
        String number = profile.path("latestVersion").asString("");
        return number.isEmpty()
                ? Optional.empty()
                : Optional.of(client.get(Route.of("profiles", NAME, "versions", number)));
    }

    /** Whether {@code actual} says everything that {@code wanted} says; the server adds the defaults of the rest. */
    private static boolean contains(JsonNode actual, JsonNode wanted) {
        if (wanted.isObject()) {
            return wanted.properties().stream().allMatch(e -> contains(actual.path(e.getKey()), e.getValue()));
        }
        if (wanted.isNumber() && actual.isNumber()) {
            return wanted.decimalValue().compareTo(actual.decimalValue()) == 0;
        }
        if (wanted.isArray() && actual.isArray() && wanted.size() == actual.size()) {
            for (int i = 0; i < wanted.size(); i++) {
                if (!contains(actual.path(i), wanted.path(i))) {
                    return false;
                }
            }
            return true;
        }
        return wanted.equals(actual);
    }

    private void reuse(JsonNode version) {
        String number = version.path("number").asString();
        String job = version.path("activeJobId").asString("");
        switch (version.path("snapshotStatus").asString()) {
            case "ready" -> say("ok", "version " + number + " equals the file, and its snapshot is ready");
            case "queued", "running" -> {
                say("ok", "version " + number + " equals the file, and its snapshot is being built by " + job);
                follow(job);
            }
            default -> {
                say("ok", "version " + number + " equals the file; its snapshot is built again");
                follow(new SnapshotJob(
                                client.create(Route.of("profiles", NAME, "versions", number, "refresh"), Json.object()))
                        .id());
            }
        }
    }

    private String publish(ObjectNode wanted) {
        client.put(Route.of("profiles", NAME, "draft"), wanted);
        JsonNode published = client.create(Route.of("profiles", NAME, "publish"), Json.object());
        SnapshotJob job = new SnapshotJob(published.path("job"));
        say("ok", "published " + job.subject() + "; " + job.id() + " builds its snapshot:");
        return job.id();
    }

    private void follow(String jobId) {
        long began = System.nanoTime();
        PhasedLog log = new PhasedLog(terminal, "     ", terminal::note);
        SnapshotJob job =
                new JobLog(client, jobId).follow(line -> log.line(line.phase(), line.text(), line.fromSystem()));
        if (!job.succeeded()) {
            Failure failure = JobLog.failure(job);
            throw new Failure(
                    failure.sentence(),
                    failure.nextStep() + "\nthe whole log: sandkeep snapshot log " + jobId,
                    failure);
        }
        say(
                "ok",
                "snapshot " + job.json().path("snapshotId").asString() + " is ready after "
                        + Times.took(Times.since(began)));
    }

    private void say(String word, String text) {
        terminal.note("     " + terminal.noteStyled(Style.GREEN, word) + " " + text);
    }
}
