package dev.sandkeep.cli;

import dev.sandkeep.cli.client.Failure;
import dev.sandkeep.cli.client.SandkeepClient;
import dev.sandkeep.cli.host.DataDirectory;
import dev.sandkeep.cli.terminal.Terminal;
import java.net.URI;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The root command: what every command has in common. */
@Command(
        name = "sandkeep",
        description = {
            "Sandboxes for AI agents and people, on your own machines.",
            "",
            "Describe an environment once as a profile, publish it, and start sessions from its snapshot in"
                    + " milliseconds. With persistent sandboxes, the chosen paths of a session outlive its compute."
        },
        synopsisSubcommandLabel = "COMMAND",
        sortOptions = false,
        versionProvider = VersionCommand.Provider.class,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:success",
            "1:failure; the reason and the next step are on standard error",
            "2:wrong usage",
            "*:of the remote command, with 'session exec'"
        },
        footerHeading = "%nThe launcher ./sandkeep knows more commands:%n",
        footer = {
            "  doctor      Check this machine; --install adds what is missing,",
            "              --leaks finds what was left behind.",
            "  server      Without a subcommand: the server in the foreground.",
            "  bench       Measure starts and resumes beside the bare OCI runtime.",
            "  test        Run every test.",
            "  build       Build, and say where the result is.",
            "",
            "New here? Run 'sandkeep quickstart'."
        })
final class Sandkeep implements Runnable {
    private final Terminal terminal;
    private final Map<String, String> environment;

    @Spec
    CommandSpec spec;

    @Option(
            names = "--server",
            paramLabel = "URL",
            scope = ScopeType.INHERIT,
            order = 101,
            description =
                    "Address of the server (SANDKEEP_URL; default: the one that server.json in the data directory names).")
    @Nullable
    URI server;

    @Option(
            names = "--api-key",
            paramLabel = "KEY",
            scope = ScopeType.INHERIT,
            order = 102,
            description =
                    "API key (default: the file api-key in the data directory). Other users of the machine can see"
                            + " command lines: prefer SANDKEEP_API_KEY.")
    @Nullable
    String apiKey;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            scope = ScopeType.INHERIT,
            order = 103,
            description = "Data directory of a server on this machine (SANDKEEP_DATA; default: /var/lib/sandkeep).")
    @Nullable
    Path data;

    @Option(
            names = "--json",
            scope = ScopeType.INHERIT,
            order = 104,
            description = "Print the result, and any failure, as JSON.")
    boolean json;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            scope = ScopeType.INHERIT,
            order = 105,
            description = "Show this help.")
    boolean help;

    @Option(
            names = {"-V", "--version"},
            versionHelp = true,
            order = 106,
            description = "Show the version of this command line.")
    boolean version;

    Sandkeep(Terminal terminal, Map<String, String> environment) {
        this.terminal = terminal;
        this.environment = environment;
    }

    @Override
    public void run() {
        throw missingCommand(spec);
    }

    /** What is wrong when a command that needs one of its subcommands is given none. */
    static CommandLine.ParameterException missingCommand(CommandSpec spec) {
        return new CommandLine.ParameterException(
                spec.commandLine(), "'" + spec.qualifiedName() + "' needs a command after it");
    }

    Terminal terminal() {
        return terminal;
    }

    Map<String, String> environment() {
        return environment;
    }

    Report report() {
        return new Report(terminal, json);
    }

    DataDirectory dataDirectory() {
        return data == null
                ? DataDirectory.fromEnvironment(environment)
                : new DataDirectory(data.toAbsolutePath().normalize());
    }

    /** The server to talk to, found as the options say. */
    SandkeepClient client() {
        return new SandkeepClient(serverAddress(), apiKey());
    }

    private URI serverAddress() {
        if (server != null) {
            return checked(server);
        }
        String named = environment.getOrDefault("SANDKEEP_URL", "");
        if (!named.isEmpty()) {
            return checked(URI.create(named));
        }
        DataDirectory directory = dataDirectory();
        return directory
                .server()
                .orElseThrow(() -> new Failure(
                        "no server is running with the data directory " + directory.path(),
                        "start one with 'sandkeep server start', or name another with --server or --data"))
                .url();
    }

    private static URI checked(URI address) {
        if (address.getHost() == null || !("" + address.getScheme()).matches("https?")) {
            throw new Failure(
                    "'" + address + "' is not the address of a server", "give one like http://127.0.0.1:7080");
        }
        return address;
    }

    private String apiKey() {
        if (apiKey != null) {
            return apiKey;
        }
        String named = environment.getOrDefault("SANDKEEP_API_KEY", "");
        return named.isEmpty()
                ? dataDirectory()
                        .apiKey()
                        .orElseThrow(() -> new Failure(
                                "no API key: " + dataDirectory().path().resolve("api-key") + " is not there",
                                "set SANDKEEP_API_KEY, or name the server's data directory with --data"))
                : named;
    }
}
