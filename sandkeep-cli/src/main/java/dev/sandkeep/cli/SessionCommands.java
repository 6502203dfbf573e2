package dev.sandkeep.cli;

import dev.sandkeep.cli.client.EventStream;
import dev.sandkeep.cli.client.Json;
import dev.sandkeep.cli.client.Route;
import dev.sandkeep.cli.client.SandkeepClient;
import dev.sandkeep.cli.client.Session;
import dev.sandkeep.cli.client.Sessions;
import dev.sandkeep.cli.terminal.Progress;
import dev.sandkeep.cli.terminal.Table;
import dev.sandkeep.cli.terminal.Terminal;
import dev.sandkeep.cli.terminal.Terminal.Style;
import dev.sandkeep.cli.terminal.Times;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

@Command(
        name = "session",
        description = {
            "Work in sandboxes: start, use, stop and resume sessions.",
            "",
            "A SESSION is named by its id, the id of its sandbox, or its name."
        },
        synopsisSubcommandLabel = "COMMAND",
        subcommands = ExecCommand.class,
        sortOptions = false)
final class SessionCommands extends SessionCheckpointCommands {
    private static final String WHICH = "Session id, sandbox id or name.";

    @Command(
            description = "Start a session from the snapshot of a profile, and wait until it runs.",
            sortOptions = false)
    int start(
            @Parameters(paramLabel = "PROFILE", description = "Name or id.") String profile,
            @Option(
                            names = "--version",
                            paramLabel = "N",
                            description = "Which published version (default: the newest usable one).")
                    @Nullable
                    Integer version,
            @Option(names = "--name", paramLabel = "NAME", description = "A name for the session.") @Nullable
                    String name,
            @Option(
                            names = "--repository",
                            paramLabel = "REPOSITORY",
                            description =
                                    "Address or path of one of the profile's repositories: commands then begin in it.")
                    @Nullable
                    String repository,
            @Option(names = "--no-wait", description = "Return at once, while the sandbox still starts.")
                    boolean noWait) {
        ObjectNode body = Json.object().put("profile", profile);
        if (version != null) {
            body.put("version", version);
        }
        if (name != null) {
            body.put("name", name);
        }
        if (repository != null) {
            body.put("repository", repository);
        }
        try (SandkeepClient client = root.client()) {
            long began = System.nanoTime();
            Sessions sessions = new Sessions(client);
            Session started = noWait ? sessions.request(body) : sessions.start(body);
            String took = Times.took(Times.since(began));
            root.report().show(started.json(), terminal -> {
                terminal.result("session " + started.name() + " is " + started.state() + " (" + started.mode()
                        + ", from " + started.subject() + ") after " + took);
                terminal.result("  id       " + started.id());
                terminal.result("  sandbox  " + started.sandboxId());
                warnOfFallback(terminal, started);
                terminal.note("next:  sandkeep session exec " + started.name() + " -- COMMAND");
            });
            return 0;
        }
    }

    private static void warnOfFallback(Terminal terminal, Session session) {
        session.persistenceFallback()
                .ifPresent(fallback -> terminal.note(terminal.noteStyled(Style.YELLOW, "note:  ")
                        + "ephemeral although the profile asks for persistence: "
                        + fallback.path("message").asString("") + " ("
                        + fallback.path("code").asString("") + ")"));
    }

    @Command(aliases = "ls", description = "List the sessions.", sortOptions = false)
    int list(
            @Option(
                            names = "--state",
                            paramLabel = "STATE",
                            description =
                                    "Only those whose sandbox is pending, starting, running, stopping, stopped or failed.")
                    @Nullable
                    String state,
            @Option(names = "--profile", paramLabel = "PROFILE", description = "Only of this profile.") @Nullable
                    String profile) {
        try (SandkeepClient client = root.client()) {
            List<JsonNode> sessions =
                    client.list(Route.of("sessions").with("state", state).with("profile", profile));
            Table table = new Table("NAME", "STATE", "MODE", "GENERATION", "PROFILE", "CREATED", "ID").rightAligned(3);
            sessions.stream()
                    .map(Session::new)
                    .forEach(session -> table.row(
                            session.name(),
                            session.state() + (session.stopReason().isEmpty() ? "" : " (" + session.stopReason() + ")"),
                            session.mode(),
                            Integer.toString(session.generation()),
                            session.subject(),
                            Times.ago(session.json().path("createdAt").asString(""), Instant.now()),
                            session.id()));
            root.report().showList(sessions, terminal -> {
                if (table.isEmpty()) {
                    terminal.note("no sessions; start one: sandkeep session start PROFILE");
                } else {
                    table.print(terminal);
                }
            });
            return 0;
        }
    }

    @Command(description = "Show a session, its sandbox and what the last resume kept.", sortOptions = false)
    int show(@Parameters(paramLabel = "SESSION", description = WHICH) String id) {
        try (SandkeepClient client = root.client()) {
            Session session = new Session(client.get(Route.of("sessions", id)));
            root.report().show(session.json(), terminal -> print(terminal, session));
            return 0;
        }
    }

    private static void print(Terminal terminal, Session session) {
        JsonNode sandbox = session.sandbox();
        line(terminal, "session", session.id() + "  " + session.name());
        line(
                terminal,
                "profile",
                session.subject() + "  snapshot " + sandbox.path("snapshotId").asString("-"));
        line(terminal, "sandbox", session.sandboxId());
        line(
                terminal,
                "state",
                session.state()
                        + (session.stopReason().isEmpty() ? "" : " (" + session.stopReason() + ")")
                        + ", " + session.mode() + ", generation " + session.generation());
        line(terminal, "created", Times.ago(session.json().path("createdAt").asString(""), Instant.now()));
        if (session.mode().equals("persistent")) {
            List<String> paths = new ArrayList<>();
            sandbox.path("persistedPaths").forEach(path -> paths.add(path.asString()));
            line(terminal, "keeps", String.join(", ", paths));
            line(
                    terminal,
                    "durable",
                    sandbox.path("durablePoint").isObject()
                            ? "as of " + sandbox.path("durablePoint").path("at").asString() + ", checkpoint "
                                    + sandbox.path("durablePoint")
                                            .path("sequence")
                                            .asString() + " ("
                                    + sandbox.path("durablePoint")
                                            .path("checkpoint")
                                            .asString() + ")"
                            : "nothing yet: no checkpoint so far");
            time(terminal, "next", sandbox.path("nextCheckpointAt"));
        }
        time(terminal, "expires", sandbox.path("expiresAt"));
        time(terminal, "frozen", sandbox.path("quotaFrozenAt"));
        if (sandbox.path("quotaFrozenAt").isString()) {
            terminal.note("a persisted path is over its limit and grew; make room: sandkeep session exec "
                    + session.name() + " -- COMMAND");
        }
        if (sandbox.path("rollingBackTo").isString()) {
            line(terminal, "goes back", "to " + sandbox.path("rollingBackTo").asString());
        }
        time(terminal, "restore", session.json().path("restorableUntil"));
        warnOfFallback(terminal, session);
        session.failure().ifPresent(failure -> line(terminal, "failed", Session.describe(failure)));
        printLifecycle(terminal, session.json().path("lifecycle"));
    }

    private static void time(Terminal terminal, String label, JsonNode at) {
        if (at.isString()) {
            String words = switch (label) {
                case "frozen" -> "since ";
                case "restore" -> "possible until ";
                case "next" -> "checkpoint at ";
                default -> "at ";
            };
            line(terminal, label, words + at.asString());
        }
    }

    private static void printLifecycle(Terminal terminal, JsonNode lifecycle) {
        if (!lifecycle.path("previousStop").isObject()) {
            return;
        }
        JsonNode previous = lifecycle.path("previousStop");
        line(
                terminal,
                "before",
                "generation " + previous.path("generation").asString() + " ended: "
                        + previous.path("reason").asString() + ", "
                        + Times.ago(previous.path("at").asString(""), Instant.now()));
        List<String> survived = new ArrayList<>();
        lifecycle.path("survived").forEach(path -> survived.add(path.asString()));
        line(terminal, "survived", survived.isEmpty() ? "nothing" : String.join(", ", survived));
        line(terminal, "lost", lifecycle.path("notSurvived").asString("-"));
    }

    private static void line(Terminal terminal, String label, String value) {
        terminal.result(String.format("%-9s %s", label, value));
    }

    @Command(
            description = "Stop a session. A persistent one is flushed and verified first, and can be resumed.",
            sortOptions = false)
    int stop(
            @Parameters(paramLabel = "SESSION", description = WHICH) String id,
            @Option(
                            names = "--grace",
                            paramLabel = "SECONDS",
                            description =
                                    "How long processes have between SIGTERM and SIGKILL (default: the server's, 10).")
                    @Nullable
                    Integer graceSeconds) {
        ObjectNode body = Json.object();
        if (graceSeconds != null) {
            body.put("graceSeconds", graceSeconds);
        }
        return change(id, "stopping", sessions -> sessions.stop(id, body));
    }

    @Command(
            description = "Resume a stopped persistent session on new compute, with its persisted paths as they were.",
            sortOptions = false)
    int resume(@Parameters(paramLabel = "SESSION", description = WHICH) String id) {
        return change(id, "resuming", sessions -> sessions.resume(id));
    }

    private int change(String id, String doing, Function<Sessions, Session> change) {
        try (SandkeepClient client = root.client();
                Progress progress = new Progress(root.terminal(), "", doing + " " + id)) {
            Session settled = change.apply(new Sessions(client));
            progress.done("session " + settled.name() + " is " + settled.state());
            root.report().show(settled.json(), terminal -> print(terminal, settled));
            return 0;
        }
    }

    @Command(
            aliases = "rm",
            description = {
                "Delete sessions. Running ones are stopped first.",
                "",
                "What a persistent one kept stays for a grace period (24 h unless the server says otherwise), in which 'session"
                        + " restore' brings it back."
            },
            sortOptions = false)
    int delete(
            @Parameters(paramLabel = "SESSION", arity = "1..*", description = WHICH) List<String> ids,
            @Option(names = "--now", description = "Without a grace period: nothing can be restored.") boolean now) {
        try (SandkeepClient client = root.client()) {
            for (String id : ids) {
                client.delete(Route.of("sessions", id).with("now", now ? true : null));
                root.report().done(Json.object().put("deleted", id), "deleted session " + id);
            }
            return 0;
        }
    }

    @Command(description = "Print what happened to a session, oldest first.", sortOptions = false)
    int events(
            @Parameters(paramLabel = "SESSION", description = WHICH) String id,
            @Option(
                            names = {"-f", "--follow"},
                            description = "Go on as events come, until interrupted.")
                    boolean follow) {
        try (SandkeepClient client = root.client()) {
            Route route = Route.of("sessions", id, "events");
            if (follow) {
                new EventStream(client, route, Duration.ofMinutes(2)).follow(event -> {
                    if (event.data().has("action")) {
                        root.terminal().result(root.json() ? Json.compact(event.data()) : eventLine(event.data()));
                    }
                    return true;
                });
                return 0;
            }
            List<JsonNode> events = client.list(route);
            root.report().showList(events, terminal -> events.forEach(event -> terminal.result(eventLine(event))));
            return 0;
        }
    }

    private static String eventLine(JsonNode event) {
        String change = event.path("to").asString("").isEmpty()
                ? ""
                : "  " + event.path("from").asString("-") + " -> "
                        + event.path("to").asString();
        String code = event.path("code").asString("");
        JsonNode detail = event.path("detail");
        String text =
                detail.isString() ? detail.asString() : detail.isObject() && !detail.isEmpty() ? detail.toString() : "";
        return Terminal.printable(event.path("at").asString() + "  "
                + String.format("%-18s", event.path("action").asString()) + change
                + (code.isEmpty() ? "" : "  [" + code + "]")
                + (text.isEmpty() ? "" : "  " + text)
                + "  by " + event.path("actor").asString("system"));
    }
}
