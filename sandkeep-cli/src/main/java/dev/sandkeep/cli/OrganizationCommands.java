package dev.sandkeep.cli;

import dev.sandkeep.cli.client.Json;
import dev.sandkeep.cli.client.Route;
import dev.sandkeep.cli.client.SandkeepClient;
import dev.sandkeep.cli.terminal.Table;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

@Command(
        name = "organization",
        description = {
            "Look after organizations.",
            "",
            "A key belongs to one organization: to work in another, set SANDKEEP_API_KEY to a key of that one."
        },
        synopsisSubcommandLabel = "COMMAND",
        sortOptions = false)
final class OrganizationCommands extends CommandGroup {
    @Command(description = "Show the organization of the key, and who you are in it.", sortOptions = false)
    int show() {
        try (SandkeepClient client = root.client()) {
            JsonNode me = client.get(Route.of("me"));
            root.report().show(me, terminal -> {
                terminal.result(
                        "organization  " + me.path("organization").path("name").asString("") + "  ("
                                + me.path("organization").path("id").asString("") + ")");
                terminal.result("you are       " + me.path("role").asString("") + "  ("
                        + me.path("actor").asString("") + ")");
                terminal.result("key           " + me.path("keyId").asString("") + "  ("
                        + KeyCommands.words(me.path("scopes")) + ")");
            });
            return 0;
        }
    }

    @Command(description = "List the organizations that you are a member of.", sortOptions = false)
    int list(
            @Option(names = "--deleted", description = "Those that were deleted and that you can bring back.")
                    boolean deleted,
            @Option(names = "--all", description = "Every one of the server; for those who operate it.") boolean all) {
        if (deleted) {
            return listDeleted();
        }
        return all ? listAll() : listOwn();
    }

    private int listDeleted() {
        try (SandkeepClient client = root.client()) {
            List<JsonNode> organizations = client.list(Route.of("organizations", "deleted"));
            Table table = new Table("NAME", "DELETED", "BACK UNTIL", "ID");
            organizations.forEach(it -> table.row(
                    it.path("name").asString(""),
                    it.path("deletedAt").asString(""),
                    it.path("restorableUntil").asString(""),
                    it.path("id").asString("")));
            root.report().showList(organizations, table::print);
            return 0;
        }
    }

    private int listAll() {
        try (SandkeepClient client = root.client()) {
            List<JsonNode> organizations = client.list(Route.of("system", "organizations"));
            Table table = new Table("NAME", "MEMBERS", "CREATED", "DELETED", "ID");
            organizations.forEach(it -> table.row(
                    it.path("name").asString(""),
                    it.path("members").toString(),
                    it.path("createdAt").asString(""),
                    it.path("deletedAt").asString("-"),
                    it.path("id").asString("")));
            root.report().showList(organizations, table::print);
            return 0;
        }
    }

    private int listOwn() {
        try (SandkeepClient client = root.client()) {
            List<JsonNode> memberships = client.list(Route.of("organizations"));
            Table table = new Table("NAME", "ROLE", "ID");
            memberships.forEach(it -> table.row(
                    it.path("organization").path("name").asString(""),
                    it.path("role").asString(""),
                    it.path("organization").path("id").asString("")));
            root.report().showList(memberships, table::print);
            return 0;
        }
    }

    @Command(
            description = "Make an organization of your own. A key for it is shown once, on standard output.",
            sortOptions = false)
    int create(@Parameters(paramLabel = "NAME", description = "For people.") String name) {
        try (SandkeepClient client = root.client()) {
            JsonNode made =
                    client.create(Route.of("organizations"), Json.object().put("name", name));
            String organization =
                    name + " (" + made.path("organization").path("id").asString("") + ")";
            root.report()
                    .show(
                            made,
                            terminal -> KeyCommands.showOnce(
                                    terminal,
                                    made.path("key"),
                                    "made organization " + organization + "; its key is not shown again",
                                    "organization " + organization
                                            + " was made, but its key was lost on the way; make another organization"));
            return 0;
        }
    }

    @Command(description = "Give the organization of the key another name.", sortOptions = false)
    int rename(@Parameters(paramLabel = "NAME", description = "The new one.") String name) {
        try (SandkeepClient client = root.client()) {
            root.report()
                    .done(
                            client.put(Route.of("organization"), Json.object().put("name", name)),
                            "the organization is now called " + name);
            return 0;
        }
    }

    @Command(
            description = {
                "Delete the organization of the key; only owners can.",
                "",
                "Nobody gets in any more, with a key or a browser. What runs is stopped: persistent sandboxes keep their"
                        + " paths, ephemeral ones are gone. It can be brought back for some days; after that everything that it"
                        + " kept is removed."
            },
            sortOptions = false)
    int delete(@Parameters(paramLabel = "NAME", description = "Its name, to be sure.") String name) {
        try (SandkeepClient client = root.client()) {
            JsonNode deleted = client.post(
                    Route.of("organization", "delete"), Json.object().put("name", name));
            root.report()
                    .done(
                            deleted,
                            "deleted organization " + name + "; until "
                                    + deleted.path("restorableUntil").asString("")
                                    + " it can be brought back, with a key of another organization of yours: sandkeep"
                                    + " organization restore "
                                    + deleted.path("id").asString(""));
            return 0;
        }
    }

    @Command(
            description =
                    "Bring a deleted organization back, with everybody and everything in it; what ran is stopped.",
            sortOptions = false)
    int restore(
            @Parameters(paramLabel = "ORGANIZATION", description = "Its id, as 'organization list --deleted' shows it.")
                    String organization) {
        try (SandkeepClient client = root.client()) {
            JsonNode restored = client.post(Route.of("organizations", organization, "restore"), Json.object());
            root.report().done(restored, "organization " + restored.path("name").asString("") + " is back");
            return 0;
        }
    }

    @Command(
            description = "Stop being a member of the organization; the key ends with it. The last owner cannot.",
            sortOptions = false)
    int leave() {
        try (SandkeepClient client = root.client()) {
            client.post(Route.of("organization", "leave"), Json.object());
            root.report().done(Json.object().put("left", true), "left the organization");
            return 0;
        }
    }
}
