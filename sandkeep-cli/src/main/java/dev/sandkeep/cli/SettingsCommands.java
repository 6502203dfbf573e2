package dev.sandkeep.cli;

import dev.sandkeep.cli.client.Json;
import dev.sandkeep.cli.client.Route;
import dev.sandkeep.cli.client.SandkeepClient;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

@Command(
        name = "settings",
        description = "Show or change the organization's sandbox settings.",
        synopsisSubcommandLabel = "COMMAND",
        sortOptions = false)
final class SettingsCommands extends CommandGroup {
    private static final Route SANDBOXES = Route.of("settings", "sandboxes");
    private static final String ALLOW_PERSISTENT = "allowPersistentSandboxes";

    @Command(description = "Show the settings.", sortOptions = false)
    int show() {
        try (SandkeepClient client = root.client()) {
            print(client.get(SANDBOXES));
            return 0;
        }
    }

    @Command(
            description = {
                "Change settings.",
                "",
                "allowPersistentSandboxes=true|false: whether sessions may keep the persisted paths of their profile"
                        + " when their compute goes. Both this and 'usePersistentSandboxes' in the profile must be on;"
                        + " otherwise a session is ephemeral and says so."
            },
            sortOptions = false)
    int set(
            @Parameters(
                            paramLabel = "KEY=VALUE",
                            arity = "1..*",
                            description = "What to change, e.g. allowPersistentSandboxes=true.")
                    List<String> changes) {
        ObjectNode wanted = Json.object();
        changes.forEach(change -> put(wanted, change));
        try (SandkeepClient client = root.client()) {
            print(client.put(SANDBOXES, wanted));
            return 0;
        }
    }

    private void put(ObjectNode wanted, String change) {
        int equals = change.indexOf('=');
        String key = equals < 0 ? change : change.substring(0, equals);
        String value = equals < 0 ? "" : change.substring(equals + 1);
        if (!key.equals(ALLOW_PERSISTENT)) {
            throw wrong("unknown setting '" + key + "'; there is: " + ALLOW_PERSISTENT);
        }
        switch (value) {
            case "true", "on", "yes" -> wanted.put(key, true);
            case "false", "off", "no" -> wanted.put(key, false);
            default -> throw wrong("'" + key + "' must be true or false, not '" + value + "'");
        }
    }

    private CommandLine.ParameterException wrong(String message) {
        return new CommandLine.ParameterException(spec.subcommands().get("set"), message);
    }

    private void print(JsonNode settings) {
        root.report().show(settings, terminal -> {
            terminal.result("Allow persistent sandboxes (" + ALLOW_PERSISTENT + "): "
                    + (settings.path(ALLOW_PERSISTENT).asBoolean(false) ? "on" : "off"));
            JsonNode unavailable = settings.path("persistentSandboxesUnavailable");
            if (unavailable.isObject()) {
                terminal.note("not available here: "
                        + unavailable.path("message").asString("") + " ("
                        + unavailable.path("code").asString("") + ")");
            }
        });
    }
}
