package dev.sandkeep.cli;

import dev.sandkeep.cli.client.Failure;
import dev.sandkeep.cli.client.Json;
import dev.sandkeep.cli.client.Route;
import dev.sandkeep.cli.client.SandkeepClient;
import dev.sandkeep.cli.client.SnapshotJob;
import dev.sandkeep.cli.client.SpecFile;
import dev.sandkeep.cli.terminal.Table;
import dev.sandkeep.cli.terminal.Terminal;
import dev.sandkeep.cli.terminal.Times;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

@Command(
        name = "profile",
        description = {
            "Describe environments: create, edit and publish sandbox profiles.",
            "",
            "A profile has at most one draft, which can be edited, and published versions, which never change."
                    + " A version can be used once its snapshot is ready."
        },
        synopsisSubcommandLabel = "COMMAND",
        sortOptions = false)
final class ProfileCommands extends CommandGroup {
    @Command(
            description = {
                "Create a profile with a draft.",
                "",
                "The specification comes from a YAML file, which may also name the profile; without one the draft holds"
                        + " the defaults, for 'profile edit' to fill in."
            },
            sortOptions = false)
    int create(
            @Parameters(paramLabel = "NAME", arity = "0..1", description = "Name of the profile; wins over the file's.")
                    @Nullable
                    String name,
            @Option(
                            names = {"-f", "--file"},
                            paramLabel = "FILE",
                            description = "YAML file; - reads standard input.")
                    @Nullable
                    String file) {
        if (name == null && file == null) {
            throw new CommandLine.ParameterException(
                    spec.subcommands().get("create"), "give a NAME, or a file that names the profile with -f FILE");
        }
        ObjectNode body = Json.object();
        if (file != null) {
            SpecFile read = SpecFile.read(file);
            body.set("spec", read.spec());
            read.name().ifPresent(named -> body.put("name", named));
        }
        if (name != null) {
            body.put("name", name);
        }
        if (!body.has("name")) {
            throw new Failure(
                    file + " does not name the profile",
                    "add 'name: …' to it, or give the name: profile create NAME -f " + file);
        }
        try (SandkeepClient client = root.client()) {
            JsonNode profile = client.create(Route.of("profiles"), body);
            String made = profile.path("name").asString();
            root.report().show(profile, terminal -> {
                terminal.result(
                        "created profile " + made + " (" + profile.path("id").asString() + ") with a draft");
                terminal.note("next:  sandkeep profile " + (file == null ? "edit " : "publish ") + made);
            });
            return 0;
        }
    }

    @Command(aliases = "ls", description = "List the profiles.", sortOptions = false)
    int list() {
        try (SandkeepClient client = root.client()) {
            List<JsonNode> profiles = client.list(Route.of("profiles"));
            Table table = new Table("NAME", "LATEST", "USABLE", "DRAFT", "CREATED", "ID");
            profiles.forEach(profile -> table.row(
                    profile.path("name").asString(),
                    orDash(profile.path("latestVersion")),
                    orDash(profile.path("usableVersion")),
                    profile.path("draft").isObject() ? "yes" : "-",
                    Times.ago(profile.path("createdAt").asString(""), Instant.now()),
                    profile.path("id").asString()));
            root.report().showList(profiles, terminal -> {
                if (table.isEmpty()) {
                    terminal.note("no profiles yet; create one: sandkeep profile create -f examples/quickstart.yaml");
                } else {
                    table.print(terminal);
                }
            });
            return 0;
        }
    }

    @Command(description = "Show a profile, its draft and its versions.", sortOptions = false)
    int show(
            @Parameters(paramLabel = "PROFILE", description = "Name or id.") String profile,
            @Option(
                            names = "--spec",
                            description = "Print only the specification as YAML, as 'edit -f' and 'create -f' take it:"
                                    + " the draft's, or the latest version's when there is no draft.")
                    boolean onlySpec,
            @Option(names = "--version", paramLabel = "N", description = "With --spec: of this version.") @Nullable
                    Integer version) {
        try (SandkeepClient client = root.client()) {
            JsonNode found = client.get(Route.of("profiles", profile));
            if (onlySpec || version != null) {
                JsonNode specification = specification(client, found, profile, version);
                root.report().show(specification, terminal -> terminal.out().print(Json.yaml(specification)));
                return 0;
            }
            List<JsonNode> versions = client.list(Route.of("profiles", profile, "versions"));
            root.report().show(found, terminal -> {
                terminal.result("profile  " + found.path("name").asString() + "  "
                        + found.path("id").asString());
                terminal.result("created  " + Times.ago(found.path("createdAt").asString(""), Instant.now()));
                printDraft(terminal, found.path("draft"));
                if (versions.isEmpty()) {
                    terminal.result("no published version yet");
                } else {
                    terminal.result("");
                    versionTable(versions).print(terminal);
                }
            });
            return 0;
        }
    }

    private static void printDraft(Terminal terminal, JsonNode draft) {
        if (!draft.isObject()) {
            terminal.result("draft    none");
            return;
        }
        terminal.result("draft    revision " + draft.path("revision").asString() + ", changed "
                + Times.ago(draft.path("updatedAt").asString(""), Instant.now()) + ":");
        terminal.result("");
        Json.yaml(draft.path("spec")).lines().forEach(line -> terminal.result("    " + line));
    }

    private static JsonNode specification(
            SandkeepClient client, JsonNode found, String profile, @Nullable Integer version) {
        if (version == null && found.path("draft").isObject()) {
            return found.path("draft").path("spec");
        }
        String number = version == null ? found.path("latestVersion").asString("") : version.toString();
        if (number.isEmpty()) {
            throw new Failure(
                    "profile " + profile + " has neither a draft nor a version",
                    "fill it: sandkeep profile edit " + profile);
        }
        return client.get(Route.of("profiles", profile, "versions", number)).path("spec");
    }

    @Command(description = "List the published versions of a profile.", sortOptions = false)
    int versions(@Parameters(paramLabel = "PROFILE", description = "Name or id.") String profile) {
        try (SandkeepClient client = root.client()) {
            List<JsonNode> versions = client.list(Route.of("profiles", profile, "versions"));
            Table table = versionTable(versions);
            root.report().showList(versions, terminal -> {
                if (table.isEmpty()) {
                    terminal.note("no published version yet; publish one: sandkeep profile publish " + profile);
                } else {
                    table.print(terminal);
                }
            });
            return 0;
        }
    }

    private static Table versionTable(List<JsonNode> versions) {
        Table table = new Table("VERSION", "SNAPSHOT", "LAST REFRESH", "PUBLISHED", "PLAN", "SNAPSHOT ID");
        versions.forEach(version -> table.row(
                version.path("number").asString(),
                version.path("snapshotStatus").asString(),
                orDash(version.path("lastRefresh")),
                Times.ago(version.path("publishedAt").asString(""), Instant.now()),
                shortDigest(version.path("planDigest").asString("-")),
                orDash(version.path("snapshotId"))));
        return table;
    }

    @Command(
            description = {
                "Change the draft of a profile.",
                "",
                "Opens the specification as YAML in $VISUAL or $EDITOR, starting from the draft, or from the latest"
                        + " version when there is no draft; or takes a file. Every mistake is shown with its field, and"
                        + " nothing that was written is lost."
            },
            sortOptions = false)
    int edit(
            @Parameters(paramLabel = "PROFILE", description = "Name or id.") String profile,
            @Option(
                            names = {"-f", "--file"},
                            paramLabel = "FILE",
                            description = "Take this YAML file as the draft; - reads standard input.")
                    @Nullable
                    String file) {
        try (SandkeepClient client = root.client()) {
            JsonNode draft = file == null
                    ? new DraftEditor(client, root, profile).edit()
                    : client.put(
                            Route.of("profiles", profile, "draft"),
                            SpecFile.read(file).spec());
            root.report().show(draft, terminal -> {
                terminal.result("draft of " + profile + " is at revision "
                        + draft.path("revision").asString());
                terminal.note("next:  sandkeep profile publish " + profile);
            });
            return 0;
        }
    }

    @Command(
            description = {
                "Publish the draft as the next version, and build its snapshot.",
                "",
                "Follows the snapshot job's log until the snapshot is ready. Interrupting this command does not stop"
                        + " the job."
            },
            sortOptions = false)
    int publish(
            @Parameters(paramLabel = "PROFILE", description = "Name or id.") String profile,
            @Option(names = "--no-wait", description = "Return once the job is queued.") boolean noWait) {
        try (SandkeepClient client = root.client()) {
            JsonNode published = client.create(Route.of("profiles", profile, "publish"), Json.object());
            SnapshotJob job = new SnapshotJob(published.path("job"));
            root.report().note("published " + job.subject() + "; its snapshot is being built by " + job.id());
            if (noWait) {
                root.report().show(published, terminal -> terminal.note("next:  sandkeep snapshot log -f " + job.id()));
                return 0;
            }
            return SnapshotCommands.followToEnd(root, client, job.id());
        }
    }

    @Command(
            name = "test-setup",
            description = {
                "Run a setup script on the draft in a throwaway sandbox.",
                "",
                "Takes the draft as it is saved, with the script of a file when one is given. The log is shown live; nothing"
                        + " is kept, and no version is touched."
            },
            sortOptions = false)
    int testSetup(
            @Parameters(paramLabel = "PROFILE", description = "Name or id.") String profile,
            @Option(
                            names = {"-f", "--file"},
                            paramLabel = "SCRIPT",
                            description = "Run this script instead of the draft's; - reads standard input.")
                    @Nullable
                    String file) {
        ObjectNode body = Json.object();
        if (file != null) {
            body.put("setupScript", SpecFile.text(file));
        }
        try (SandkeepClient client = root.client()) {
            SnapshotJob job = new SnapshotJob(client.create(Route.of("profiles", profile, "draft", "test"), body));
            root.report().note("the setup script is tried out by " + job.id());
            return SnapshotCommands.followTest(root, client, job.id());
        }
    }

    @Command(
            description = "Delete a profile with its draft, versions and snapshots. Refused while it has sessions.",
            sortOptions = false)
    int delete(@Parameters(paramLabel = "PROFILE", description = "Name or id.") String profile) {
        try (SandkeepClient client = root.client()) {
            client.delete(Route.of("profiles", profile));
            root.report().done(Json.object().put("deleted", profile), "deleted profile " + profile);
            return 0;
        }
    }

    private static String orDash(JsonNode value) {
        return value.asString("-");
    }

    private static String shortDigest(String digest) {
        String hex = digest.startsWith("sha256:") ? digest.substring(7) : digest;
        return hex.length() <= 12 ? hex : hex.substring(0, 12);
    }
}
