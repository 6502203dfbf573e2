package dev.sandkeep.cli;

import dev.sandkeep.cli.client.Failure;
import dev.sandkeep.cli.client.Route;
import dev.sandkeep.cli.client.SandkeepClient;
import dev.sandkeep.cli.terminal.Table;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

@Command(
        name = "audit",
        description = "Read the audit log: who did what to what from where.",
        synopsisSubcommandLabel = "COMMAND",
        sortOptions = false)
final class AuditCommands extends CommandGroup {
    /** Which entries are wanted. */
    static final class Filter {
        @Option(names = "--actor", paramLabel = "ID", description = "Only what this member or service account did.")
        @Nullable
        String actor;

        @Option(names = "--action", paramLabel = "ACTION", description = "Only this, such as role_changed.")
        @Nullable
        String action;

        @Option(names = "--subject", paramLabel = "ID", description = "Only what was done to this thing.")
        @Nullable
        String subject;

        @Option(
                names = "--from",
                paramLabel = "TIME",
                description = "From this day (2026-01-31, UTC) or moment (2026-01-31T09:00:00Z) on.")
        @Nullable
        String from;

        @Option(names = "--to", paramLabel = "TIME", description = "Before this day or moment.")
        @Nullable
        String to;

        Route in(Route route) {
            return route.with("actor", actor)
                    .with("action", action)
                    .with("subject", subject)
                    .with("from", from)
                    .with("to", to);
        }
    }

    @Command(description = "Show the newest entries.", sortOptions = false)
    int list(
            @Mixin Filter filter,
            @Option(
                            names = {"-n", "--limit"},
                            paramLabel = "N",
                            defaultValue = "50",
                            description = "How many, 1 to 200 (default: 50).")
                    int limit) {
        try (SandkeepClient client = root.client()) {
            List<JsonNode> entries = new ArrayList<>();
            client.get(filter.in(Route.of("audit").with("limit", limit)))
                    .path("items")
                    .forEach(entries::add);
            Table table = new Table("AT", "WHO", "FROM", "DID", "TO", "BEFORE", "AFTER");
            entries.forEach(entry -> table.row(
                    entry.path("at").asString(""),
                    entry.path("actor").asString(""),
                    entry.path("address").asString(""),
                    entry.path("action").asString(""),
                    entry.path("subjectType").asString("") + " "
                            + entry.path("subjectId").asString(""),
                    entry.path("before").asString("-"),
                    entry.path("after").asString("-")));
            root.report().showList(entries, table::print);
            return 0;
        }
    }

    @Command(
            description = "Write the log to standard output, oldest first, one JSON object on each line.",
            sortOptions = false)
    int export(@Mixin Filter filter) {
        try (SandkeepClient client = root.client();
                InputStream log = client.download(filter.in(Route.of("audit", "export")))) {
            log.transferTo(root.terminal().out());
            root.terminal().out().flush();
            return 0;
        } catch (IOException e) {
            throw new Failure("the log broke off: " + e.getMessage(), "run the command again", e);
        }
    }
}
