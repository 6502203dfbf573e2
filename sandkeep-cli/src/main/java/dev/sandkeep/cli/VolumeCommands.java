package dev.sandkeep.cli;

import dev.sandkeep.cli.client.Failure;
import dev.sandkeep.cli.client.Route;
import dev.sandkeep.cli.client.SandkeepClient;
import dev.sandkeep.cli.client.Session;
import dev.sandkeep.cli.client.Sessions;
import dev.sandkeep.cli.terminal.Sizes;
import dev.sandkeep.cli.terminal.Table;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

@Command(
        name = "volume",
        description = "Export and import what persistent sessions keep, and see where their space goes.",
        synopsisSubcommandLabel = "COMMAND",
        sortOptions = false)
final class VolumeCommands extends CommandGroup {
    @Command(
            description = {
                "Write what a session keeps as one stream.",
                "",
                "'volume import' starts a new session from it, on this installation or another. It is encrypted when the server"
                        + " has a key (sandkeep.volumes.export-keys)."
            },
            sortOptions = false)
    int export(
            @Parameters(paramLabel = "SESSION", description = "Session id, sandbox id or name.") String id,
            @Option(
                            names = {"-o", "--output"},
                            paramLabel = "FILE",
                            description = "Where to write; it appears when it is complete (default: standard output).")
                    @Nullable
                    Path output,
            @Option(
                            names = "--at",
                            paramLabel = "CHECKPOINT",
                            description = "This checkpoint (default: what the session holds now).")
                    @Nullable
                    String checkpoint) {
        try (SandkeepClient client = root.client();
                InputStream stream = client.download(
                        Route.of("sessions", id, "volume", "export").with("checkpoint", checkpoint))) {
            long bytes = output == null ? stream.transferTo(root.terminal().out()) : write(stream, output);
            root.terminal().out().flush();
            root.terminal()
                    .note("exported " + Sizes.of(bytes) + " of session " + id
                            + (output == null ? "" : " to " + output));
            return 0;
        } catch (IOException e) {
            throw new Failure(
                    "the export broke off: " + e.getMessage(), "free space where it is written, then try again", e);
        }
    }

    private static long write(InputStream from, Path output) throws IOException {
        Path unfinished = output.resolveSibling(output.getFileName() + ".unfinished");
        try {
            long bytes;
            try (OutputStream target = Files.newOutputStream(unfinished)) {
                bytes = from.transferTo(target);
            }
            Files.move(unfinished, output, StandardCopyOption.REPLACE_EXISTING);
            return bytes;
        } finally {
            Files.deleteIfExists(unfinished);
        }
    }

    @Command(name = "import", description = "Start a new session with what 'volume export' wrote.", sortOptions = false)
    int importVolume(
            @Parameters(
                            paramLabel = "PROFILE",
                            description = "Profile of the new session: it must persist the same paths.")
                    String profile,
            @Option(
                            names = {"-i", "--input"},
                            paramLabel = "FILE",
                            description = "What to read (default: standard input).")
                    @Nullable
                    Path input,
            @Option(
                            names = "--version",
                            paramLabel = "N",
                            description = "Which published version (default: the newest usable one).")
                    @Nullable
                    Integer version,
            @Option(names = "--name", paramLabel = "NAME", description = "A name for the session.") @Nullable
                    String name) {
        if (input != null && !Files.isReadable(input)) {
            throw new Failure("'" + input + "' cannot be read", "check the path and its permissions");
        }
        try (SandkeepClient client = root.client()) {
            Route route = Route.of("sessions", "import")
                    .with("profile", profile)
                    .with("version", version)
                    .with("name", name);
            Session session = new Sessions(client).importFrom(route, () -> open(input));
            root.report().show(session.json(), terminal -> {
                terminal.result("session " + session.name() + " is " + session.state() + " (imported)");
                terminal.result("  id       " + session.id());
                terminal.result("  sandbox  " + session.sandboxId());
            });
            return 0;
        }
    }

    private static InputStream open(@Nullable Path input) {
        try {
            return input == null ? System.in : Files.newInputStream(input);
        } catch (IOException e) {
            throw new Failure(
                    "'" + input + "' cannot be read: " + e.getMessage(), "check the path and its permissions", e);
        }
    }

    @Command(description = "Show what a session's volume takes, and its largest directories.", sortOptions = false)
    int usage(@Parameters(paramLabel = "SESSION", description = "Session id, sandbox id or name.") String id) {
        try (SandkeepClient client = root.client()) {
            JsonNode usage = client.get(Route.of("sessions", id, "volume"));
            root.report().show(usage, terminal -> {
                terminal.result("takes        " + Sizes.of(usage.path("bytes").asLong(0)) + " in "
                        + usage.path("files").asLong(0) + " files, of which "
                        + Sizes.of(usage.path("sharedBytes").asLong(0)) + " are shared with forks");
                terminal.result("checkpoints  " + usage.path("checkpoints").asInt(0));
                Table paths = new Table("USED", "LIMIT", "PATH").rightAligned(0, 1);
                usage.path("paths")
                        .forEach(path -> paths.row(
                                Sizes.of(path.path("usedBytes").asLong(0)),
                                path.path("maxBytes").isNumber()
                                        ? Sizes.of(path.path("maxBytes").asLong(0)) + " ("
                                                + path.path("enforcement").asString() + ")"
                                        : "-",
                                path.path("path").asString()));
                terminal.result("");
                paths.print(terminal);
                SnapshotHistoryCommands.printDirectories(terminal, usage.path("largestDirectories"));
            });
            return 0;
        }
    }
}
