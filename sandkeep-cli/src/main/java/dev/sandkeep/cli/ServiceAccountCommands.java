package dev.sandkeep.cli;

import dev.sandkeep.cli.client.Json;
import dev.sandkeep.cli.client.Route;
import dev.sandkeep.cli.client.SandkeepClient;
import dev.sandkeep.cli.terminal.Table;
import dev.sandkeep.cli.terminal.Times;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

@Command(
        name = "service-account",
        description = "Look after service accounts: programs whose keys outlive the people who made them.",
        synopsisSubcommandLabel = "COMMAND",
        sortOptions = false)
final class ServiceAccountCommands extends CommandGroup {
    private static final String ACCOUNTS = "service-accounts";

    @Command(description = "Make a service account, without a key.", sortOptions = false)
    int create(
            @Parameters(paramLabel = "NAME", description = "For people.") String name,
            @Option(
                            names = "--role",
                            paramLabel = "ROLE",
                            defaultValue = "member",
                            description = "admin or member (default: member).")
                    String role) {
        try (SandkeepClient client = root.client()) {
            JsonNode made = client.create(
                    Route.of(ACCOUNTS), Json.object().put("name", name).put("role", role));
            root.report()
                    .done(
                            made,
                            "made service account " + name + " ("
                                    + made.path("id").asString("") + ")");
            return 0;
        }
    }

    @Command(
            name = "create-key",
            description = "Make a key of a service account. It is shown once.",
            sortOptions = false)
    int createKey(
            @Parameters(paramLabel = "ACCOUNT", description = "Name or id.") String account,
            @Mixin KeyCommands.Wanted wanted) {
        try (SandkeepClient client = root.client()) {
            KeyCommands.show(root, client.create(Route.of(ACCOUNTS, account, "keys"), wanted.request()));
            return 0;
        }
    }

    @Command(description = "List service accounts.", sortOptions = false)
    int list() {
        try (SandkeepClient client = root.client()) {
            List<JsonNode> accounts = client.list(Route.of(ACCOUNTS));
            Instant now = Clock.systemUTC().instant();
            Table table = new Table("NAME", "ROLE", "CREATED", "ID");
            accounts.forEach(account -> table.row(
                    account.path("name").asString(""),
                    account.path("role").asString(""),
                    Times.ago(account.path("createdAt").asString(""), now),
                    account.path("id").asString("")));
            root.report().showList(accounts, table::print);
            return 0;
        }
    }

    @Command(description = "End a service account and all its keys.", sortOptions = false)
    int delete(@Parameters(paramLabel = "ACCOUNT", description = "Name or id.") String account) {
        try (SandkeepClient client = root.client()) {
            client.delete(Route.of(ACCOUNTS, account));
            root.report().done(Json.object().put("deleted", account), "deleted service account " + account);
            return 0;
        }
    }
}
