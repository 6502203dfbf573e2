package dev.sandkeep.cli;

import dev.sandkeep.cli.client.Failure;
import dev.sandkeep.cli.client.Json;
import dev.sandkeep.cli.client.Route;
import dev.sandkeep.cli.client.SandkeepClient;
import dev.sandkeep.cli.terminal.Table;
import dev.sandkeep.cli.terminal.Terminal;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

@Command(
        name = "schedule",
        description = {
            "Refresh the newest version of a profile by itself.",
            "",
            "A profile has one schedule; publishing carries it over to the new version. After three failed refreshes in a"
                    + " row it holds itself until a refresh by hand succeeds."
        },
        synopsisSubcommandLabel = "COMMAND",
        sortOptions = false)
final class ScheduleCommands implements Runnable {
    @ParentCommand
    SnapshotCommands parent;

    @Spec
    CommandSpec spec;

    @Override
    public void run() {
        throw Sandkeep.missingCommand(spec);
    }

    @Command(
            description = "Show when a profile is refreshed next, and what became of the last times.",
            sortOptions = false)
    int show(@Parameters(paramLabel = "PROFILE", description = "Name or id.") String profile) {
        try (SandkeepClient client = parent.root.client()) {
            print(client.get(route(profile)));
            return 0;
        }
    }

    @Command(
            description = {
                "Set when a profile is refreshed.",
                "",
                "CRON has five fields: minute, hour, day of month, month, day of week; '0 3 * * *' is every day at 3. A time"
                        + " that clocks skip in spring is made up for the same day; one that they show twice in autumn"
                        + " counts once."
            },
            sortOptions = false)
    int set(
            @Parameters(paramLabel = "PROFILE", description = "Name or id.") String profile,
            @Parameters(paramLabel = "CRON", description = "Five fields, in one argument: '0 3 * * 1-5'.") String cron,
            @Option(
                            names = "--time-zone",
                            paramLabel = "ZONE",
                            description = "Whose clocks count, e.g. Europe/Berlin (default: UTC).")
                    @Nullable
                    String timeZone,
            @Option(
                            names = "--only-if-changed",
                            description =
                                    "Build only if the base image, a repository or a package of the profile changed.")
                    boolean onlyIfChanged) {
        ObjectNode wanted = Json.object().put("cron", cron).put("enabled", true).put("onlyIfChanged", onlyIfChanged);
        if (timeZone != null) {
            wanted.put("timeZone", timeZone);
        }
        try (SandkeepClient client = parent.root.client()) {
            print(client.put(route(profile), wanted));
            return 0;
        }
    }

    @Command(description = "Turn the schedule of a profile off.", sortOptions = false)
    int off(@Parameters(paramLabel = "PROFILE", description = "Name or id.") String profile) {
        try (SandkeepClient client = parent.root.client()) {
            JsonNode now = client.get(route(profile));
            if (!now.path("cron").isString()) {
                throw new Failure(
                        "profile " + profile + " has no schedule",
                        "set one: sandkeep snapshot schedule set " + profile + " '0 3 * * *'");
            }
            ObjectNode wanted = Json.object()
                    .put("cron", now.path("cron").asString())
                    .put("timeZone", now.path("timeZone").asString())
                    .put("onlyIfChanged", now.path("onlyIfChanged").asBoolean(false))
                    .put("enabled", false);
            print(client.put(route(profile), wanted));
            return 0;
        }
    }

    private static Route route(String profile) {
        return Route.of("profiles", profile, "schedule");
    }

    private void print(JsonNode schedule) {
        parent.root.report().show(schedule, terminal -> print(schedule, terminal));
    }

    private static void print(JsonNode schedule, Terminal terminal) {
        if (!schedule.path("cron").isString()) {
            terminal.result("no schedule: refreshed by hand only");
            return;
        }
        terminal.result("schedule  " + schedule.path("cron").asString() + "  ("
                + schedule.path("description").asString() + ", "
                + schedule.path("timeZone").asString() + ")");
        terminal.result("refreshes version " + schedule.path("version").asString());
        JsonNode held = schedule.path("held");
        if (held.isObject()) {
            terminal.result("state     held since " + held.path("since").asString() + ": "
                    + held.path("message").asString());
            terminal.note("next:  " + held.path("nextStep").asString());
        } else {
            terminal.result("state     " + (schedule.path("enabled").asBoolean(false) ? "on" : "off"));
        }
        schedule.path("nextRuns").forEach(run -> terminal.result("next      " + run.asString()));
        Table ticks = new Table("TICK", "VERSION", "OUTCOME", "JOB", "MISSED SINCE");
        schedule.path("lastTicks")
                .forEach(tick -> ticks.row(
                        tick.path("at").asString(),
                        tick.path("version").asString(),
                        tick.path("outcome").asString(),
                        tick.path("jobId").asString(),
                        tick.path("firstMissedAt").asString("-")));
        if (!ticks.isEmpty()) {
            terminal.result("");
            ticks.print(terminal);
        }
    }
}
