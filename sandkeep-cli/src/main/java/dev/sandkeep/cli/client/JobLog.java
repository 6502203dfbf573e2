package dev.sandkeep.cli.client;

import java.time.Duration;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;

/** The log of a snapshot job. */
public final class JobLog {
    /** A server that is restarted or upgraded is back within this time. */
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private static final int PAGE = 1000;

    private final SandkeepClient client;
    private final String jobId;

    /**
     * One line of a log.
     *
     * @param json the whole document
     */
    public record Line(JsonNode json) {
        /** Which phase of the job wrote it. */
        public String phase() {
            return json.path("phase").asString("");
        }

        /** Whether the server wrote it, rather than a command of the job. */
        public boolean fromSystem() {
            return json.path("stream").asString("").equals("system");
        }

        /** What it says, as it was written: not safe for a terminal. */
        public String text() {
            return json.path("text").asString("");
        }
    }

    /** The log of the job {@code jobId}. */
    public JobLog(SandkeepClient client, String jobId) {
        this.client = client;
        this.jobId = jobId;
    }

    /** Hands over every line from the first on, live, and returns the job when it is over. */
    public SnapshotJob follow(Consumer<Line> line) {
        JsonNode[] last = {Json.object()};
        new EventStream(client, Route.of("snapshot-jobs", jobId, "log"), PATIENCE).follow(event -> {
            if (event.name().equals("end")) {
                last[0] = event.data();
                return false;
            }
            if (event.name().equals("line")) {
                line.accept(new Line(event.data()));
            }
            return true;
        });
        return new SnapshotJob(last[0].has("state") ? last[0] : client.get(Route.of("snapshot-jobs", jobId)));
    }

    /** Hands over the lines there are so far. */
    public void soFar(Consumer<Line> line) {
        long after = 0;
        while (true) {
            JsonNode answer = client.get(
                    Route.of("snapshot-jobs", jobId, "log").with("after", after).with("limit", PAGE));
            JsonNode lines = answer.isArray() ? answer : answer.path("items");
            lines.forEach(json -> line.accept(new Line(json)));
            if (lines.isEmpty()) {
                return;
            }
            after = lines.get(lines.size() - 1).path("seq").asLong(after);
        }
    }

    /** The failure that a job which did not succeed means for whoever asked for it. */
    public static Failure failure(SnapshotJob job) {
        if (job.failure().isEmpty()) {
            return new Failure(
                    "snapshot job " + job.id() + " of " + job.subject() + " was " + job.state(),
                    "start another with 'sandkeep snapshot refresh'");
        }
        JsonNode failure = job.failure().get();
        StringBuilder message = new StringBuilder("snapshot job " + job.id() + " of " + job.subject() + " failed");
        message.append(" in ").append(failure.path("phase").asString("?"));
        message.append(" (").append(failure.path("code").asString("?")).append("): ");
        message.append(failure.path("message").asString(""));
        if (failure.path("exitCode").isNumber()) {
            message.append(" [exit code ")
                    .append(failure.path("exitCode").asInt())
                    .append(']');
        }
        failure.path("lastLines").forEach(line -> message.append("\n  ").append(line.asString()));
        return new Failure(message.toString(), failure.path("nextStep").asString(""));
    }
}
