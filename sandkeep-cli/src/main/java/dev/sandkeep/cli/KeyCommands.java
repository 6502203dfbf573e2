package dev.sandkeep.cli;

import dev.sandkeep.cli.client.Json;
import dev.sandkeep.cli.client.Route;
import dev.sandkeep.cli.client.SandkeepClient;
import dev.sandkeep.cli.terminal.Table;
import dev.sandkeep.cli.terminal.Terminal;
import dev.sandkeep.cli.terminal.Times;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

@Command(
        name = "key",
        description = {
            "Create, list and revoke API keys.",
            "",
            "A key may do what its owner's role allows, as far as its scopes go, and makes none that could do more or live"
                    + " longer than itself."
        },
        synopsisSubcommandLabel = "COMMAND",
        sortOptions = false)
final class KeyCommands extends CommandGroup {
    /** What a key to be made is like. */
    static final class Wanted {
        @Parameters(paramLabel = "NAME", description = "For people.")
        String name;

        @Option(
                names = "--scope",
                paramLabel = "SCOPE",
                required = true,
                split = ",",
                description =
                        "What it may be used for: read, sessions, profiles, admin. Several, with commas or repeated.")
        List<String> scopes;

        @Option(
                names = "--expires-in-days",
                paramLabel = "DAYS",
                description = "1 to 3650; without it the key does not expire.")
        @Nullable
        Integer days;

        ObjectNode request() {
            ObjectNode request = Json.object().put("name", name);
            ArrayNode list = request.putArray("scopes");
            scopes.forEach(list::add);
            if (days != null) {
                request.put("expiresInDays", days);
            }
            return request;
        }
    }

    @Command(description = "Make a key of your own. It is shown once, on standard output.", sortOptions = false)
    int create(@Mixin Wanted wanted) {
        try (SandkeepClient client = root.client()) {
            show(root, client.create(Route.of("api-keys"), wanted.request()));
            return 0;
        }
    }

    @Command(description = "List your keys; for admins and owners, everybody's.", sortOptions = false)
    int list() {
        try (SandkeepClient client = root.client()) {
            List<JsonNode> keys = client.list(Route.of("api-keys"));
            Instant now = Clock.systemUTC().instant();
            Table table = new Table("NAME", "OWNER", "SCOPES", "BEGINS", "LAST USED", "EXPIRES", "ID");
            keys.forEach(key -> table.row(
                    key.path("name").asString(""),
                    key.path("ownerName").asString(""),
                    words(key.path("scopes")),
                    key.path("beginning").asString(""),
                    key.path("lastUsedAt").isString()
                            ? Times.ago(key.path("lastUsedAt").asString(), now)
                            : "never",
                    key.path("expiresAt").isString() ? key.path("expiresAt").asString() : "never",
                    key.path("id").asString("")));
            root.report().showList(keys, table::print);
            return 0;
        }
    }

    @Command(description = "End a key.", sortOptions = false)
    int revoke(@Parameters(paramLabel = "KEY", description = "Its id, as 'key list' shows it.") String key) {
        try (SandkeepClient client = root.client()) {
            client.delete(Route.of("api-keys", key));
            root.report().done(Json.object().put("revoked", key), "revoked " + key);
            return 0;
        }
    }

    /** Shows a key that was made: its text alone on standard output, so that it can be caught in a variable. */
    static void show(Sandkeep root, JsonNode created) {
        String id = created.path("key").path("id").asString("");
        root.report()
                .show(
                        created,
                        terminal -> showOnce(
                                terminal,
                                created.path("text"),
                                "made key " + id + "; it is not shown again",
                                "key " + id
                                        + " was made, but its text was lost on the way; revoke it and make another"));
    }

    /**
     * Shows what the server tells only once: alone on standard output.
     *
     * @param secret null in the answer to a repeated request
     * @param lost what to do when the first answer was lost
     */
    static void showOnce(Terminal terminal, JsonNode secret, String made, String lost) {
        if (secret.isString()) {
            terminal.result(secret.asString());
            terminal.note(made);
        } else {
            terminal.note(lost);
        }
    }

    static String words(JsonNode list) {
        StringJoiner words = new StringJoiner(",");
        list.forEach(word -> words.add(word.asString("")));
        return words.toString();
    }
}
