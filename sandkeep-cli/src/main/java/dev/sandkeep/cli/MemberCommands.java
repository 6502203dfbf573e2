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
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

@Command(
        name = "member",
        description = "Look after the members of the organization.",
        synopsisSubcommandLabel = "COMMAND",
        sortOptions = false)
final class MemberCommands extends CommandGroup {
    @Command(description = "List the members.", sortOptions = false)
    int list() {
        try (SandkeepClient client = root.client()) {
            List<JsonNode> members = client.list(Route.of("members"));
            Instant now = Clock.systemUTC().instant();
            Table table = new Table("NAME", "ROLE", "SINCE", "ID");
            members.forEach(member -> table.row(
                    member.path("name").asString(""),
                    member.path("role").asString(""),
                    Times.ago(member.path("since").asString(""), now),
                    member.path("id").asString("")));
            root.report().showList(members, table::print);
            return 0;
        }
    }

    @Command(
            name = "set-role",
            description = "Give a member another role. Only owners make, change and remove owners.",
            sortOptions = false)
    int setRole(
            @Parameters(paramLabel = "MEMBER", description = "Its id, as 'member list' shows it.") String member,
            @Parameters(paramLabel = "ROLE", description = "owner, admin or member.") String role) {
        try (SandkeepClient client = root.client()) {
            JsonNode changed = client.put(
                    Route.of("members", member, "role"), Json.object().put("role", role));
            root.report().done(changed, changed.path("name").asString(member) + " is now " + role);
            return 0;
        }
    }

    @Command(description = "Take a member out, with the keys it has and the invitations it made.", sortOptions = false)
    int remove(@Parameters(paramLabel = "MEMBER", description = "Its id, as 'member list' shows it.") String member) {
        try (SandkeepClient client = root.client()) {
            client.delete(Route.of("members", member));
            root.report().done(Json.object().put("removed", member), "removed " + member);
            return 0;
        }
    }

    @Command(
            name = "reset-password",
            description = "Print a link by which a member chooses another password, once, within a day. Hand it over;"
                    + " only owners make one for owners.",
            sortOptions = false)
    int resetPassword(
            @Parameters(paramLabel = "MEMBER", description = "Its id, as 'member list' shows it.") String member,
            @Option(
                            names = "--remove-second-factor",
                            description = "Also remove the second factor when the link is used, for somebody who has"
                                    + " lost it.")
                    boolean removeSecondFactor) {
        try (SandkeepClient client = root.client()) {
            showLink(
                    root,
                    client.post(
                            Route.of("members", member, "password-reset"),
                            Json.object().put("removeSecondFactor", removeSecondFactor)));
            return 0;
        }
    }

    /** Shows a link that the server tells only once: alone on standard output. */
    static void showLink(Sandkeep root, JsonNode made) {
        root.report().show(made, terminal -> {
            terminal.result(made.path("url").asString(""));
            terminal.note("open it in a browser before "
                    + made.path("expiresAt").asString("") + "; it works once and is not shown again");
        });
    }
}
