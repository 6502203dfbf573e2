package dev.sandkeep.cli;

import dev.sandkeep.cli.client.Failure;
import dev.sandkeep.cli.terminal.Terminal;
import dev.sandkeep.cli.terminal.Terminal.Style;
import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** How every command line of Sandkeep behaves: the shape of its help, and what happens when a command fails. */
public final class CommandBehaviour {
    private CommandBehaviour() {}

    /**
     * Gives {@code tree}, with all its subcommands in place, the behaviour.
     *
     * @param report made when a command has failed, after its options were read
     */
    public static void apply(CommandLine tree, Terminal terminal, Supplier<Report> report) {
        arrangeHelp(tree);
        tree.setExpandAtFiles(false)
                .setAbbreviatedOptionsAllowed(false)
                .setUsageHelpAutoWidth(true)
                .setUsageHelpLongOptionsMaxWidth(26)
                .setColorScheme(CommandLine.Help.defaultColorScheme(
                        terminal.colour() ? CommandLine.Help.Ansi.ON : CommandLine.Help.Ansi.OFF))
                .setOut(writer(terminal.out()))
                .setErr(writer(terminal.err()))
                .setParameterExceptionHandler((wrong, given) -> wrongUsage(terminal, wrong))
                .setExecutionExceptionHandler((failure, command, parsed) -> failed(report.get(), failure));
    }

    /** Gives every command's help the same shape. */
    private static void arrangeHelp(CommandLine command) {
        command.getCommandSpec()
                .usageMessage()
                .abbreviateSynopsis(true)
                .synopsisHeading("Usage: ")
                .descriptionHeading("%n")
                .parameterListHeading("%nArguments:%n")
                .optionListHeading("%nOptions:%n")
                .commandListHeading("%nCommands:%n");
        command.getSubcommands().values().forEach(CommandBehaviour::arrangeHelp);
    }

    private static PrintWriter writer(PrintStream stream) {
        return new PrintWriter(new OutputStreamWriter(stream, StandardCharsets.UTF_8), true);
    }

    private static int wrongUsage(Terminal terminal, ParameterException wrong) {
        CommandLine command = wrong.getCommandLine();
        terminal.note(terminal.noteStyled(Style.RED, "error: ")
                + Terminal.printable(Objects.toString(wrong.getMessage(), "wrong usage")));
        List<String> suggestions =
                wrong instanceof UnmatchedArgumentException unmatched ? unmatched.getSuggestions() : List.of();
        if (!suggestions.isEmpty()) {
            terminal.note("did you mean: " + String.join(", ", suggestions) + "?");
        }
        terminal.note("see:   " + command.getCommandSpec().qualifiedName() + " --help");
        return CommandLine.ExitCode.USAGE;
    }

    private static int failed(Report report, Exception exception) throws Exception {
        if (exception instanceof Failure failure) {
            report.failure(failure);
            return CommandLine.ExitCode.SOFTWARE;
        }
        throw exception;
    }
}
