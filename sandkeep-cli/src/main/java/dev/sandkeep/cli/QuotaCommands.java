package dev.sandkeep.cli;

import dev.sandkeep.cli.client.Json;
import dev.sandkeep.cli.client.Route;
import dev.sandkeep.cli.client.SandkeepClient;
import dev.sandkeep.cli.terminal.Table;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

@Command(
        name = "quota",
        description = {
            "Show or change how much an organization may have.",
            "",
            "Admins limit their own organization. Those who operate the server set a ceiling for any organization, with"
                    + " --organization; the lower one holds. A limit ends nothing that is there."
        },
        synopsisSubcommandLabel = "COMMAND",
        sortOptions = false)
final class QuotaCommands extends CommandGroup {
    private static final String NONE = "none";
    /** As the API writes them, and as requests set them. */
    private static final Map<String, String> FIELDS = fields();

    private static Map<String, String> fields() {
        Map<String, String> fields = new LinkedHashMap<>();
        fields.put("running_sessions", "runningSessions");
        fields.put("sessions", "sessions");
        fields.put("profiles", "profiles");
        fields.put("members", "members");
        fields.put("snapshot_builds", "snapshotBuilds");
        return fields;
    }

    @Command(description = "Show the quotas, and how much of them is used.", sortOptions = false)
    int show(
            @Option(
                            names = "--organization",
                            paramLabel = "ID",
                            description = "Of another organization; for those who operate the server.")
                    @Nullable
                    String organization) {
        try (SandkeepClient client = root.client()) {
            print(client.get(route(organization)));
            return 0;
        }
    }

    @Command(
            description = {
                "Change quotas; what is not named stays.",
                "",
                "running_sessions, sessions, profiles, members, snapshot_builds (further builds wait). 'none' takes a limit away."
            },
            sortOptions = false)
    int set(
            @Option(
                            names = "--organization",
                            paramLabel = "ID",
                            description = "Set a ceiling for this organization; for those who operate the server.")
                    @Nullable
                    String organization,
            @Parameters(
                            paramLabel = "QUOTA=N|none",
                            arity = "1..*",
                            description = "What to change, e.g. running_sessions=20.")
                    List<String> changes) {
        Map<String, String> wanted = new LinkedHashMap<>();
        changes.forEach(change -> read(wanted, change));
        try (SandkeepClient client = root.client()) {
            Route route = route(organization);
            ObjectNode limits = Json.object();
            String present = organization == null ? "own" : "ceiling";
            for (JsonNode quota : client.get(route).path("items")) {
                String field = FIELDS.getOrDefault(quota.path("quota").asString(""), "");
                if (!field.isEmpty() && quota.path(present).isNumber()) {
                    limits.put(field, quota.path(present).longValue());
                }
            }
            wanted.forEach((quota, limit) -> {
                String field = FIELDS.getOrDefault(quota, quota);
                if (limit.equals(NONE)) {
                    limits.remove(field);
                } else {
                    limits.put(field, Long.parseLong(limit));
                }
            });
            print(client.put(route, limits));
            return 0;
        }
    }

    private void read(Map<String, String> wanted, String change) {
        int equals = change.indexOf('=');
        String quota = equals < 0 ? change : change.substring(0, equals);
        String limit = equals < 0 ? "" : change.substring(equals + 1);
        if (!FIELDS.containsKey(quota)) {
            throw wrong("unknown quota '" + quota + "'; there are: " + String.join(", ", FIELDS.keySet()));
        }
        if (!limit.equals(NONE) && !limit.matches("\\d{1,10}")) {
            throw wrong("'" + quota + "' must be a number or " + NONE + ", not '" + limit + "'");
        }
        wanted.put(quota, limit);
    }

    private CommandLine.ParameterException wrong(String message) {
        return new CommandLine.ParameterException(spec.subcommands().get("set"), message);
    }

    private static Route route(@Nullable String organization) {
        return organization == null
                ? Route.of("settings", "quotas")
                : Route.of("system", "organizations", organization, "quotas");
    }

    private void print(JsonNode quotas) {
        Table table = new Table("QUOTA", "USED", "LIMIT", "OWN", "CEILING", "WHAT");
        quotas.path("items")
                .forEach(it -> table.row(
                        it.path("quota").asString(""),
                        it.path("used").toString(),
                        number(it.path("limit")),
                        number(it.path("own")),
                        number(it.path("ceiling")),
                        it.path("description").asString("")));
        root.report().show(quotas, table::print);
    }

    private static String number(JsonNode limit) {
        return limit.isNumber() ? limit.toString() : "-";
    }
}
