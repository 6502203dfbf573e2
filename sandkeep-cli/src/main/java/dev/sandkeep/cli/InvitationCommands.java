package dev.sandkeep.cli;

import dev.sandkeep.cli.client.Json;
import dev.sandkeep.cli.client.Route;
import dev.sandkeep.cli.client.SandkeepClient;
import dev.sandkeep.cli.terminal.Table;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

@Command(
        name = "invitation",
        description = "Invite people: whoever holds an invitation becomes a member, once, until it expires.",
        synopsisSubcommandLabel = "COMMAND",
        sortOptions = false)
final class InvitationCommands extends CommandGroup {
    private static final String INVITATIONS = "invitations";

    @Command(description = "Make an invitation. Its text is shown once, on standard output.", sortOptions = false)
    int create(
            @Option(
                            names = "--role",
                            paramLabel = "ROLE",
                            defaultValue = "member",
                            description = "owner, admin or member (default: member). Only owners invite owners.")
                    String role,
            @Option(names = "--email", paramLabel = "ADDRESS", description = "For whom it is meant; only a note.")
                    @Nullable
                    String email,
            @Option(
                            names = "--expires-in-days",
                            paramLabel = "DAYS",
                            defaultValue = "7",
                            description = "1 to 30 (default: 7).")
                    int days) {
        ObjectNode wanted = Json.object().put("role", role).put("expiresInDays", days);
        if (email != null) {
            wanted.put("email", email);
        }
        try (SandkeepClient client = root.client()) {
            JsonNode made = client.create(Route.of(INVITATIONS), wanted);
            String id = made.path("invitation").path("id").asString("");
            root.report()
                    .show(
                            made,
                            terminal -> KeyCommands.showOnce(
                                    terminal,
                                    made.path("token"),
                                    "hand it over; it is not shown again. To accept it:\n"
                                            + "  sandkeep invitation accept TOKEN --name NAME --server URL",
                                    "invitation " + id
                                            + " was made, but its text was lost on the way; revoke it and make another"));
            return 0;
        }
    }

    @Command(description = "List invitations that were neither accepted nor revoked.", sortOptions = false)
    int list() {
        try (SandkeepClient client = root.client()) {
            List<JsonNode> invitations = client.list(Route.of(INVITATIONS));
            Table table = new Table("ROLE", "FOR", "EXPIRES", "ID");
            invitations.forEach(it -> table.row(
                    it.path("role").asString(""),
                    it.path("email").asString("-"),
                    it.path("expiresAt").asString(""),
                    it.path("id").asString("")));
            root.report().showList(invitations, table::print);
            return 0;
        }
    }

    @Command(description = "End an invitation that nobody has accepted.", sortOptions = false)
    int revoke(
            @Parameters(paramLabel = "INVITATION", description = "Its id, as 'invitation list' shows it.")
                    String invitation) {
        try (SandkeepClient client = root.client()) {
            client.delete(Route.of(INVITATIONS, invitation));
            root.report().done(Json.object().put("revoked", invitation), "revoked " + invitation);
            return 0;
        }
    }

    @Command(
            description = {
                "Become a member. A key of your own is shown once, on standard output.",
                "",
                "Needs no key. With --api-key or SANDKEEP_API_KEY, the person of that key becomes a member of one more"
                        + " organization."
            },
            sortOptions = false)
    int accept(
            @Parameters(
                            paramLabel = "TOKEN",
                            description = "The invitation's text, or - to read it from standard input.")
                    String token,
            @Option(
                            names = "--name",
                            paramLabel = "NAME",
                            required = true,
                            description = "What the other members call you.")
                    String name) {
        ObjectNode request = Json.object().put("token", root.secret(token)).put("name", name);
        try (SandkeepClient client = root.clientOfAnybody()) {
            JsonNode joined = client.post(Route.of(INVITATIONS, "accept"), request);
            root.report().show(joined, terminal -> {
                terminal.result(joined.path("key").asString(""));
                terminal.note("you are " + joined.path("member").path("role").asString("") + " of "
                        + joined.path("organization").path("name").asString("")
                        + "; the key is not shown again: keep it in SANDKEEP_API_KEY");
            });
            return 0;
        }
    }
}
