package dev.sandkeep.cli;

import dev.sandkeep.cli.client.Json;
import dev.sandkeep.cli.client.Route;
import dev.sandkeep.cli.client.SandkeepClient;
import dev.sandkeep.cli.host.DataDirectory.RunningServer;
import dev.sandkeep.cli.host.Launcher;
import dev.sandkeep.cli.host.LogTail;
import dev.sandkeep.cli.host.ServerProcess;
import dev.sandkeep.cli.terminal.Progress;
import dev.sandkeep.cli.terminal.Sizes;
import dev.sandkeep.cli.terminal.Table;
import dev.sandkeep.cli.terminal.Times;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

@Command(
        name = "server",
        description = {
            "Start, stop and look at the server on this machine.",
            "",
            "Without a subcommand, './sandkeep server' runs the server in the foreground."
        },
        synopsisSubcommandLabel = "COMMAND",
        sortOptions = false)
final class ServerCommands extends CommandGroup {
    private static final int MOST_FINDINGS = 200;

    @Command(
            description = "Start the server in the background and wait until it is ready. Its output goes to"
                    + " server.log in the data directory. Nothing happens when it is running already.",
            sortOptions = false)
    int start(
            @Option(
                            names = "--port",
                            paramLabel = "PORT",
                            description = "Port to listen on (SANDKEEP_HTTP_PORT; default: 7080).")
                    @Nullable
                    Integer port,
            @Option(
                            names = "--timeout",
                            paramLabel = "SECONDS",
                            defaultValue = "120",
                            description = "How long to wait until it is ready (default: ${DEFAULT-VALUE}).")
                    int timeoutSeconds) {
        ServerProcess process = new ServerProcess(root.dataDirectory());
        Optional<RunningServer> running = process.running();
        if (running.isPresent()) {
            root.report().done(document(running.get()), "the server is running already: " + describe(running.get()));
            return 0;
        }
        Map<String, String> settings = new LinkedHashMap<>();
        if (port != null) {
            settings.put("SANDKEEP_HTTP_PORT", port.toString());
        }
        try (Progress progress = new Progress(root.terminal(), "", "starting the server")) {
            RunningServer started = process.start(
                    Launcher.fromEnvironment(root.environment()),
                    settings,
                    Duration.ofSeconds(timeoutSeconds),
                    progress);
            progress.done("the server is up: " + describe(started));
            root.dataDirectory().setUpLink().ifPresent(link -> {
                root.terminal().note("nobody can sign in yet. Open this link, once, to become the first owner:");
                root.terminal().note("  " + link);
            });
            if (root.json()) {
                root.terminal().result(Json.pretty(document(started)));
            }
        }
        return 0;
    }

    @Command(
            description = "Stop the server and wait until it has ended. Sandboxes keep running, and the next start"
                    + " finds them again.",
            sortOptions = false)
    int stop(
            @Option(
                            names = "--force",
                            description = "End it at once (SIGKILL); the next start takes unfinished work up.")
                    boolean force,
            @Option(
                            names = "--timeout",
                            paramLabel = "SECONDS",
                            defaultValue = "60",
                            description = "How long to wait until it has ended (default: ${DEFAULT-VALUE}).")
                    int timeoutSeconds) {
        ServerProcess process = new ServerProcess(root.dataDirectory());
        Optional<RunningServer> running = process.running();
        if (running.isEmpty()) {
            root.report()
                    .done(
                            Json.object().put("status", "stopped"),
                            "no server is running with the data directory "
                                    + root.dataDirectory().path());
            return 0;
        }
        try (Progress progress = new Progress(root.terminal(), "", "stopping " + describe(running.get()))) {
            process.stop(running.get(), force, Duration.ofSeconds(timeoutSeconds));
            progress.done("the server has ended");
        }
        if (root.json()) {
            root.terminal().result(Json.pretty(Json.object().put("status", "stopped")));
        }
        return 0;
    }

    @Command(
            name = "setup-link",
            description = {
                "Print a link by which the person behind the key chooses an e-mail address and a password, once, within a day.",
                "",
                "With the first key this makes the first owner, or lets it in again: the earlier password, the second factor"
                        + " and all sessions of browsers of this person end when the link is used."
            },
            sortOptions = false)
    int setUpLink() {
        try (SandkeepClient client = root.client()) {
            MemberCommands.showLink(root, client.post(Route.of("system", "set-up-links"), Json.object()));
            return 0;
        }
    }

    @Command(description = "Show whether the server is up. Exits with 1 when it is not.", sortOptions = false)
    int status() {
        try (SandkeepClient client = root.client()) {
            JsonNode health = client.health();
            ObjectNode status = Json.object();
            status.put("url", client.server().toString());
            status.setAll((ObjectNode) health);
            boolean up = health.path("status").asString().equals("up");
            if (up) {
                status.set("info", client.get(Route.of("system", "info")));
            }
            root.report().show(status, terminal -> {
                terminal.result("status     " + health.path("status").asString()
                        + (up ? "" : "  " + health.path("reason").asString("")));
                terminal.result("address    " + client.server());
                if (up) {
                    describeInfo(status.path("info"));
                }
            });
            return up ? 0 : 1;
        }
    }

    private void describeInfo(JsonNode info) {
        line("version", info.path("version").asString());
        line("data", info.path("dataDirectory").asString());
        JsonNode provider = info.path("provider");
        line(
                "provider",
                provider.path("name").asString() + "  "
                        + provider.path("description").asString(""));
        line(
                "database",
                info.path("database").path("embedded").asBoolean(false)
                        ? "embedded PostgreSQL"
                        : "external PostgreSQL");
        line("started", Times.ago(info.path("startedAt").asString(""), Instant.now()));
    }

    private void line(String label, String value) {
        root.terminal().result(String.format("%-9s  %s", label, value).stripTrailing());
    }

    @Command(description = "Print the end of the server's log.", sortOptions = false)
    int logs(
            @Option(
                            names = {"-f", "--follow"},
                            description = "Go on printing as lines come, until interrupted.")
                    boolean follow,
            @Option(
                            names = {"-n", "--lines"},
                            paramLabel = "N",
                            defaultValue = "100",
                            description = "How many lines to begin with (default: ${DEFAULT-VALUE}).")
                    int lines) {
        LogTail tail = new LogTail(root.dataDirectory().serverLog());
        tail.last(lines).forEach(root.terminal()::result);
        if (follow) {
            tail.follow(root.terminal()::result);
        }
        return 0;
    }

    @Command(
            description = {
                "Show what the reconciler found to differ between its rows and this host, and what was done about it.",
                "",
                "Without options, what still stands open and what needs a person. The newest come first."
            },
            sortOptions = false)
    int findings(
            @Option(names = "--all", description = "Also what was adopted, repaired or went away.") boolean all,
            @Option(names = "--removed", description = "Only what was removed, with the bytes won.") boolean removed) {
        try (SandkeepClient client = root.client()) {
            Route route = Route.of("system", "findings").with("limit", MOST_FINDINGS);
            if (removed) {
                route = route.with("state", "removed");
            } else if (!all) {
                route = route.with("state", "open,needs_person");
            }
            JsonNode found = client.get(route);
            root.report().show(found, terminal -> {
                Table table = new Table("SINCE", "KIND", "NAME", "STATE", "SIZE", "REASON", "ACTION").rightAligned(4);
                found.path("items")
                        .forEach(it -> table.row(
                                Times.ago(it.path("firstSeenAt").asString(""), Instant.now()),
                                it.path("kind").asString(),
                                it.path("name").asString(),
                                it.path("state").asString(),
                                it.path("bytes").isNumber()
                                        ? Sizes.of(it.path("bytes").asLong(0))
                                        : "-",
                                it.path("reason").asString(),
                                it.path("action").asString()));
                table.print(terminal);
            });
            return 0;
        }
    }

    @Command(
            description = {
                "Compare the server's rows with this host now, and put right what can be.",
                "",
                "The server does so by itself every 15 seconds. Exits with 1 when something is left that needs a person."
            },
            sortOptions = false)
    int reconcile(@Option(names = "--dry-run", description = "Only say what differs.") boolean dryRun) {
        try (SandkeepClient client = root.client()) {
            JsonNode turn =
                    client.post(Route.of("system", "reconcile"), Json.object().put("dryRun", dryRun));
            root.report().show(turn, terminal -> {
                Table table = new Table("KIND", "NAME", "REASON", "BY", "ACTION");
                turn.path("left")
                        .forEach(it -> table.row(
                                it.path("kind").asString(),
                                it.path("name").asString(),
                                it.path("reason").asString(),
                                it.path("remedy").asString(),
                                it.path("action").asString()));
                if (!table.isEmpty()) {
                    table.print(terminal);
                }
                terminal.result(turn.path("differences").size() + " found, "
                        + turn.path("left").size() + " left" + (dryRun ? " (nothing was changed)" : ""));
            });
            for (JsonNode left : turn.path("left")) {
                if (left.path("remedy").asString("").equals("person")) {
                    return 1;
                }
            }
            return 0;
        }
    }

    private static String describe(RunningServer server) {
        return server.url() + " (process " + server.pid() + ")";
    }

    private static JsonNode document(RunningServer server) {
        return Json.object()
                .put("status", "up")
                .put("url", server.url().toString())
                .put("pid", server.pid())
                .put("startedAt", server.startedAt().toString());
    }
}
