package dev.sandkeep.cli;

import dev.sandkeep.cli.client.EventStream;
import dev.sandkeep.cli.client.Failure;
import dev.sandkeep.cli.client.Route;
import dev.sandkeep.cli.client.SandkeepClient;
import dev.sandkeep.cli.client.SnapshotJob;
import dev.sandkeep.cli.terminal.Terminal;
import dev.sandkeep.cli.terminal.Terminal.Style;
import java.time.Duration;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** The log of a snapshot job, as lines under their phases. */
final class JobLog {
    /** A server that is restarted or upgraded is back within this time. */
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private final SandkeepClient client;
    private final String jobId;

    JobLog(SandkeepClient client, String jobId) {
        this.client = client;
        this.jobId = jobId;
    }

    /** Hands over every line from the first on, live, and returns the job when it is over. */
    SnapshotJob follow(Consumer<JsonNode> line) {
        JsonNode[] last = new JsonNode[1];
        new EventStream(client, Route.of("snapshot-jobs", jobId, "log"), PATIENCE).follow(event -> {
            if (event.name().equals("end")) {
                last[0] = event.data();
                return false;
            }
            if (event.name().equals("line")) {
                line.accept(event.data());
            }
            return true;
        });
        JsonNode end = last[0];
        return new SnapshotJob(end != null && end.has("state") ? end : client.get(Route.of("snapshot-jobs", jobId)));
    }

    /** Hands over the lines there are so far. */
    void soFar(Consumer<JsonNode> line) {
        long after = 0;
        while (true) {
            JsonNode answer = client.get(
                    Route.of("snapshot-jobs", jobId, "log").with("after", after).with("limit", 1000));
            JsonNode lines = answer.isArray() ? answer : answer.path("items");
            lines.forEach(line);
            if (lines.isEmpty()) {
                return;
            }
            after = lines.get(lines.size() - 1).path("seq").asLong(after);
        }
    }

    /** Prints lines as a person reads them: the phase once, its lines under it. */
    static Consumer<JsonNode> printer(Terminal terminal, String indent, Consumer<String> out) {
        return new Consumer<>() {
            private @Nullable String phase;

            @Override
            public void accept(JsonNode line) {
                String current = line.path("phase").asString("");
                if (!current.equals(phase)) {
                    phase = current;
                    out.accept(indent + terminal.noteStyled(Style.CYAN, current));
                }
                String text = Terminal.printable(line.path("text").asString(""));
                boolean aside = line.path("stream").asString("").equals("system");
                out.accept(indent + "  " + (aside ? terminal.noteStyled(Style.DIM, text) : text));
            }
        };
    }

    /** The failure that a job which did not succeed means for the command that asked for it. */
    static Failure failure(SnapshotJob job) {
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
