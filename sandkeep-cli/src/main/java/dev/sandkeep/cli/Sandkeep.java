package dev.sandkeep.cli;

import dev.sandkeep.cli.client.SandkeepClient;
import dev.sandkeep.cli.host.DataDirectory;
import dev.sandkeep.cli.terminal.Terminal;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
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
            "  backup      Back the whole installation up, and put it back.",
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

    @Mixin
    ServerOptions options = new ServerOptions();

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
        return new Report(terminal, options.json());
    }

    /** Whether a program reads the results. */
    boolean json() {
        return options.json();
    }

    DataDirectory dataDirectory() {
        return options.dataDirectory(environment);
    }

    /** The server to talk to, found as the options say. */
    SandkeepClient client() {
        return options.client(environment);
    }

    /** The same for what needs no key: one is sent only when it was named. */
    SandkeepClient clientOfAnybody() {
        return options.clientOfAnybody(environment);
    }

    /** An argument that other users of the machine should not see: {@code -} reads it from standard input. */
    String secret(String argument) {
        if (!argument.equals("-")) {
            return argument;
        }
        try {
            return new String(System.in.readAllBytes(), StandardCharsets.UTF_8).strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
