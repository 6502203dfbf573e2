package dev.sandkeep.cli;

import dev.sandkeep.cli.client.Json;
import dev.sandkeep.cli.client.Route;
import dev.sandkeep.cli.client.SandkeepClient;
import dev.sandkeep.cli.terminal.Sizes;
import dev.sandkeep.cli.terminal.Table;
import dev.sandkeep.cli.terminal.Terminal;
import dev.sandkeep.cli.terminal.Times;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** The commands of {@code sandkeep snapshot} on snapshots that are kept. */
abstract class SnapshotHistoryCommands extends CommandGroup {
    private static final String SNAPSHOT = "SNAPSHOT";
    private static final String SNAPSHOT_DESCRIPTION = "Id of a snapshot, as 'snapshot list' shows it.";

    @Command(description = "Show a snapshot, and where its space goes.", sortOptions = false)
    int show(@Parameters(paramLabel = SNAPSHOT, description = SNAPSHOT_DESCRIPTION) String snapshot) {
        try (SandkeepClient client = root.client()) {
            JsonNode found = client.get(Route.of("snapshots", snapshot));
            root.report().show(found, terminal -> {
                print(terminal, found.path("snapshot"), found.path("usage"));
                printInputs(terminal, found.path("inputs"));
                found.path("allowedSecrets")
                        .forEach(it ->
                                terminal.result("allowed   " + it.path("path").asString() + " ("
                                        + it.path("rule").asString() + "), because: "
                                        + it.path("reason").asString()));
                printDirectories(terminal, found.path("usage").path("largestDirectories"));
            });
            return 0;
        }
    }

    private static void print(Terminal terminal, JsonNode snapshot, JsonNode usage) {
        terminal.result("snapshot  " + snapshot.path("id").asString() + "  of " + subject(snapshot)
                + (snapshot.path("current").asBoolean(false) ? ", current" : ""));
        terminal.result("created   " + Times.ago(snapshot.path("createdAt").asString(""), Instant.now()) + " by "
                + snapshot.path("jobId").asString());
        if (snapshot.path("parent").isString()) {
            terminal.result("built on  " + snapshot.path("parent").asString());
        }
        if (snapshot.path("pin").isObject()) {
            terminal.result("pinned    " + snapshot.path("pin").path("reason").asString(""));
        }
        terminal.result("size      " + Sizes.of(usage.path("ownBytes").asLong(0)) + " in "
                + usage.path("ownFiles").asLong(0) + " files, and "
                + Sizes.of(usage.path("sharedBytes").asLong(0)) + " shared with others, in "
                + usage.path("layers").asInt(0) + " layers");
    }

    private static void printInputs(Terminal terminal, JsonNode inputs) {
        inputs.path("repositories")
                .forEach(it -> terminal.result("cloned    " + it.path("url").asString() + " at "
                        + it.path("commit").asString() + " to "
                        + it.path("path").asString()));
        inputs.path("packages")
                .properties()
                .forEach(it -> terminal.result(
                        "package   " + it.getKey() + " " + it.getValue().asString()));
    }

    static void printDirectories(Terminal terminal, JsonNode directories) {
        Table table = new Table("SIZE", "FILES", "DIRECTORY").rightAligned(0, 1);
        directories.forEach(directory -> table.row(
                Sizes.of(directory.path("bytes").asLong(0)),
                directory.path("files").asString(),
                directory.path("path").asString()));
        if (!table.isEmpty()) {
            terminal.result("");
            table.print(terminal);
        }
    }

    @Command(
            description = {
                "Let new sessions of a version start from an older snapshot.",
                "",
                "Sandboxes that run keep theirs. The next refresh that succeeds makes its own snapshot the current one."
            },
            sortOptions = false)
    int rollback(@Parameters(paramLabel = SNAPSHOT, description = SNAPSHOT_DESCRIPTION) String snapshot) {
        try (SandkeepClient client = root.client()) {
            JsonNode now = client.post(Route.of("snapshots", snapshot, "rollback"), Json.object());
            root.report().done(now, "new sessions of " + subject(now) + " start from " + snapshot);
            return 0;
        }
    }

    @Command(description = "Keep a snapshot, however many follow.", sortOptions = false)
    int pin(
            @Parameters(paramLabel = SNAPSHOT, description = SNAPSHOT_DESCRIPTION) String snapshot,
            @Option(names = "--reason", paramLabel = "TEXT", description = "Why, for those who find it.") @Nullable
                    String reason) {
        try (SandkeepClient client = root.client()) {
            JsonNode now = client.post(
                    Route.of("snapshots", snapshot, "pin"),
                    reason == null ? Json.object() : Json.object().put("reason", reason));
            root.report().done(now, "pinned " + snapshot);
            return 0;
        }
    }

    @Command(description = "Keep a snapshot only as long as others of its version.", sortOptions = false)
    int unpin(@Parameters(paramLabel = SNAPSHOT, description = SNAPSHOT_DESCRIPTION) String snapshot) {
        try (SandkeepClient client = root.client()) {
            JsonNode now = client.post(Route.of("snapshots", snapshot, "unpin"), Json.object());
            root.report().done(now, "unpinned " + snapshot);
            return 0;
        }
    }

    @Command(description = "Compare two snapshots: files, directories, packages.", sortOptions = false)
    int diff(
            @Parameters(paramLabel = "BEFORE", description = "Id of the earlier snapshot.") String before,
            @Parameters(paramLabel = "AFTER", description = "Id of the later snapshot.") String after,
            @Option(names = "--limit", paramLabel = "N", description = "Most paths to name (default: 50).") @Nullable
                    Integer limit) {
        try (SandkeepClient client = root.client()) {
            JsonNode diff =
                    client.get(Route.of("snapshots", before, "diff", after).with("limit", limit == null ? 50 : limit));
            root.report().show(diff, terminal -> print(terminal, diff));
            return 0;
        }
    }

    private static void print(Terminal terminal, JsonNode diff) {
        for (String change : new String[] {"added", "changed", "removed"}) {
            JsonNode total = diff.path(change);
            terminal.result(String.format(
                    java.util.Locale.ROOT,
                    "%-8s %7d paths  %s",
                    change,
                    total.path("paths").asLong(0),
                    Sizes.of(total.path("bytes").asLong(0))));
        }
        long growth = diff.path("growth").asLong(0);
        terminal.result("growth   " + (growth < 0 ? "-" : "+") + Sizes.of(Math.abs(growth)));
        Table packages = new Table("PACKAGE", "BEFORE", "AFTER");
        diff.path("packages")
                .forEach(it -> packages.row(
                        it.path("name").asString(),
                        it.path("before").asString("-"),
                        it.path("after").asString("-")));
        if (!packages.isEmpty()) {
            terminal.result("");
            packages.print(terminal);
        }
        printDirectories(terminal, diff.path("largestDirectories"));
        Table paths = new Table("CHANGE", "SIZE", "PATH").rightAligned(1);
        diff.path("entries")
                .forEach(it -> paths.row(
                        it.path("change").asString(),
                        Sizes.of(it.path("sizeAfter")
                                .asLong(it.path("sizeBefore").asLong(0))),
                        it.path("path").asString()));
        if (!paths.isEmpty()) {
            terminal.result("");
            paths.print(terminal);
        }
        if (diff.path("truncated").asBoolean(false)) {
            terminal.note("… and more; --limit shows up to 5000");
        }
    }

    @Command(
            description = {
                "Remove snapshots and base images that nothing needs.",
                "",
                "Kept are the newest of each version, pinned ones, and what versions, sandboxes and jobs stand on. The server"
                        + " prunes by itself too; sandkeep.snapshots.keep, .prune-interval and .prune-grace say how."
            },
            sortOptions = false)
    int prune(@Option(names = "--dry-run", description = "Only say what would go.") boolean dryRun) {
        try (SandkeepClient client = root.client()) {
            JsonNode report =
                    client.post(Route.of("snapshots", "prune"), Json.object().put("dryRun", dryRun));
            root.report().show(report, terminal -> printPrune(terminal, report, dryRun));
            return report.path("failed").asInt(0) > 0 ? 1 : 0;
        }
    }

    private static void printPrune(Terminal terminal, JsonNode report, boolean dryRun) {
        report.path("images")
                .forEach(image -> terminal.result((dryRun
                                ? "would remove  "
                                : image.path("removed").asBoolean(false) ? "removed  " : "FAILED   ")
                        + image.path("id").asString() + "  "
                        + ("unused_base_image".equals(image.path("reason").asString("")) ? "base image, " : "")
                        + Sizes.of(image.path("bytes").asLong(0))));
        int count =
                dryRun ? report.path("images").size() : report.path("removed").asInt(0);
        terminal.result(count
                + (count == 1 ? " image, " : " images, ")
                + Sizes.of(report.path("bytes").asLong(0)));
        if (report.path("failed").asInt(0) > 0) {
            terminal.note(report.path("failed").asString() + " could not be removed; they are tried again");
        }
    }

    @Command(
            description = {
                "Show which snapshots and base images were removed, and why that was allowed.",
                "",
                "The newest come first; what could not be removed yet is tried again."
            },
            sortOptions = false)
    int removals() {
        try (SandkeepClient client = root.client()) {
            JsonNode removals = client.get(Route.of("snapshots", "removals"));
            root.report().show(removals, terminal -> {
                Table table = new Table("IMAGE", "OF", "SIZE", "REMOVED", "WHY").rightAligned(2);
                removals.forEach(it -> table.row(
                        it.path("id").asString(),
                        it.path("profileName").isString() ? subject(it) : "-",
                        it.path("bytes").isNumber() ? Sizes.of(it.path("bytes").asLong(0)) : "-",
                        removed(it),
                        it.path("reason").asString() + ": "
                                + it.path("explanation").asString()));
                table.print(terminal);
            });
            return 0;
        }
    }

    private static String removed(JsonNode removal) {
        if (removal.path("removedAt").isString()) {
            return Times.ago(removal.path("removedAt").asString(), Instant.now());
        }
        return removal.path("failure").isString()
                ? "FAILED: " + removal.path("failure").asString()
                : "not yet";
    }

    private static String subject(JsonNode snapshot) {
        return snapshot.path("profileName").asString() + "@"
                + snapshot.path("version").asString();
    }
}
