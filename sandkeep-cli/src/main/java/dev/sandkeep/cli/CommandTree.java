package dev.sandkeep.cli;

import dev.sandkeep.cli.client.Failure;
import dev.sandkeep.cli.terminal.Terminal;
import dev.sandkeep.cli.terminal.Terminal.Style;
import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Puts the commands together, and says what happens when one fails. */
final class CommandTree {
    private CommandTree() {}

    private static Map<String, Supplier<Object>> commands() {
        Map<String, Supplier<Object>> commands = new LinkedHashMap<>();
        commands.put("quickstart", QuickstartCommand::new);
        commands.put("server", ServerCommands::new);
        commands.put("profile", ProfileCommands::new);
        commands.put("snapshot", SnapshotCommands::new);
        commands.put("session", SessionCommands::new);
        commands.put("settings", SettingsCommands::new);
        commands.put("version", VersionCommand::new);
        commands.put("completion", CompletionCommand::new);
        return commands;
    }

    /** Every command. */
    static CommandLine whole(Terminal terminal, Map<String, String> environment) {
        return tree(terminal, environment, List.copyOf(commands().keySet()));
    }

    /** Only the command that is asked for: reading the description of every other one would slow each start down. */
    static CommandLine forArguments(Terminal terminal, Map<String, String> environment, String... arguments) {
        String first = arguments.length == 0 ? "" : arguments[0];
        boolean needsOne = commands().containsKey(first) && !first.equals("completion");
        return needsOne ? tree(terminal, environment, List.of(first)) : whole(terminal, environment);
    }

    private static CommandLine tree(Terminal terminal, Map<String, String> environment, List<String> names) {
        Sandkeep root = new Sandkeep(terminal, environment);
        CommandLine tree = new CommandLine(root);
        commands().forEach((name, command) -> {
            if (names.contains(name)) {
                tree.addSubcommand(name, command.get());
            }
        });
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
                .setExecutionExceptionHandler((failure, command, parsed) -> failed(root, failure));
        // What follows the session is the remote command's, dashes and all.
        tree.getSubcommands().values().stream()
                .flatMap(noun -> noun.getSubcommands().values().stream())
                .filter(verb -> verb.getCommand() instanceof ExecCommand)
                .forEach(exec -> exec.setStopAtPositional(true));
        return tree;
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
        command.getSubcommands().values().forEach(CommandTree::arrangeHelp);
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

    private static int failed(Sandkeep root, Exception exception) throws Exception {
        if (exception instanceof Failure failure) {
            root.report().failure(failure);
            return CommandLine.ExitCode.SOFTWARE;
        }
        throw exception;
    }
}
