package dev.sandkeep.cli;

import dev.sandkeep.cli.client.Failure;
import dev.sandkeep.cli.client.Json;
import dev.sandkeep.cli.client.Route;
import dev.sandkeep.cli.client.SandkeepClient;
import dev.sandkeep.cli.client.Session;
import dev.sandkeep.cli.client.Sessions;
import dev.sandkeep.cli.terminal.Table;
import dev.sandkeep.cli.terminal.Times;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The commands of {@code sandkeep session} on checkpoints, and on sessions that were deleted. */
abstract class SessionCheckpointCommands extends CommandGroup {
    private static final String SESSION = "SESSION";
    private static final String WHICH = "Session id, sandbox id or name.";

    @Command(
            description = {
                "Make a checkpoint of a persistent session now.",
                "",
                "A running sandbox goes on; it is held still only for the moment in which the last changes are copied."
            },
            sortOptions = false)
    int checkpoint(@Parameters(paramLabel = SESSION, description = WHICH) String id) {
        try (SandkeepClient client = root.client()) {
            JsonNode made = client.create(Route.of("sessions", id, "checkpoints"), Json.object());
            root.report()
                    .done(
                            made,
                            "checkpoint " + made.path("id").asString() + " of " + id + ", durable as of "
                                    + made.path("at").asString());
            return 0;
        }
    }

    @Command(description = "List the checkpoints that are kept of a session, newest first.", sortOptions = false)
    int checkpoints(@Parameters(paramLabel = SESSION, description = WHICH) String id) {
        try (SandkeepClient client = root.client()) {
            List<JsonNode> all = client.list(Route.of("sessions", id, "checkpoints"));
            Table table = new Table("SEQUENCE", "KIND", "MADE", "GENERATION", "ID").rightAligned(0, 3);
            all.forEach(it -> table.row(
                    it.path("sequence").asString(),
                    it.path("kind").asString(),
                    Times.ago(it.path("at").asString(""), Instant.now()),
                    it.path("generation").asString(),
                    it.path("id").asString()));
            root.report().showList(all, terminal -> {
                if (table.isEmpty()) {
                    terminal.note(
                            "no checkpoints; one is made at every stop, and by: sandkeep session checkpoint " + id);
                } else {
                    table.print(terminal);
                }
            });
            return 0;
        }
    }

    @Command(
            description = {
                "Take a stopped session back to a checkpoint.",
                "",
                "What it holds now is a checkpoint and stays one, so that a rollback can be rolled back. To undo the deletion of"
                        + " a session there is 'session restore'."
            },
            sortOptions = false)
    int rollback(
            @Parameters(paramLabel = SESSION, description = WHICH) String id,
            @Parameters(paramLabel = "CHECKPOINT", description = "Id of one, as 'session checkpoints' shows it.")
                    String checkpoint) {
        try (SandkeepClient client = root.client()) {
            Session session = new Session(client.create(
                    Route.of("sessions", id, "rollback"), Json.object().put("checkpoint", checkpoint)));
            Optional<JsonNode> failure = session.failure();
            if (failure.isPresent()) {
                throw new Failure(
                        "session " + session.name() + " was not rolled back: " + Session.describe(failure.get()),
                        failure.get().path("nextStep").asString(""));
            }
            root.report()
                    .done(
                            session.json(),
                            "session " + session.name()
                                    + (session.sandbox().path("rollingBackTo").isString()
                                            ? " is being taken back to "
                                            : " is back at ")
                                    + checkpoint);
            return 0;
        }
    }

    @Command(
            description = {
                "Start a new session with what another one holds or held.",
                "",
                "Both have the same snapshot. Neither can change the other's files."
            },
            sortOptions = false)
    int fork(
            @Parameters(paramLabel = SESSION, description = WHICH) String id,
            @Option(
                            names = "--at",
                            paramLabel = "CHECKPOINT",
                            description = "Begin with this checkpoint (default: what the session holds now).")
                    @Nullable
                    String checkpoint,
            @Option(names = "--name", paramLabel = "NAME", description = "A name for the new session.") @Nullable
                    String name) {
        ObjectNode body = Json.object();
        if (checkpoint != null) {
            body.put("checkpoint", checkpoint);
        }
        if (name != null) {
            body.put("name", name);
        }
        try (SandkeepClient client = root.client()) {
            Session fork = new Sessions(client).fork(id, body);
            root.report().show(fork.json(), terminal -> {
                terminal.result("session " + fork.name() + " is " + fork.state() + ", a fork of " + id);
                terminal.result("  id       " + fork.id());
                terminal.result("  sandbox  " + fork.sandboxId());
            });
            return 0;
        }
    }

    @Command(
            description = {
                "Undo the deletion of a session, while what it kept is there. It is stopped then.",
                "",
                "To go back to a checkpoint there is 'session rollback'."
            },
            sortOptions = false)
    int restore(
            @Parameters(paramLabel = SESSION, description = "Session id, sandbox id, or the name that it had.")
                    String id,
            @Option(names = "--name", paramLabel = "NAME", description = "Another name, when its own is taken.")
                    @Nullable
                    String name) {
        try (SandkeepClient client = root.client()) {
            Session session = new Session(client.post(
                    Route.of("sessions", id, "restore"),
                    name == null ? Json.object() : Json.object().put("name", name)));
            root.report()
                    .done(
                            session.json(),
                            "session " + session.name() + " is " + session.state()
                                    + "; resume it: sandkeep session resume " + session.name());
            return 0;
        }
    }
}
