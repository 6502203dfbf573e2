package dev.sandkeep.cli;

import dev.sandkeep.cli.terminal.Terminal;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import picocli.CommandLine;

/** Puts the commands together. */
final class CommandTree {
    private CommandTree() {}

    private static Map<String, Supplier<Object>> commands() {
        Map<String, Supplier<Object>> commands = new LinkedHashMap<>();
        commands.put("quickstart", QuickstartCommand::new);
        commands.put("server", ServerCommands::new);
        commands.put("profile", ProfileCommands::new);
        commands.put("snapshot", SnapshotCommands::new);
        commands.put("session", SessionCommands::new);
        commands.put("volume", VolumeCommands::new);
        commands.put("settings", SettingsCommands::new);
        commands.put("quota", QuotaCommands::new);
        commands.put("organization", OrganizationCommands::new);
        commands.put("member", MemberCommands::new);
        commands.put("invitation", InvitationCommands::new);
        commands.put("key", KeyCommands::new);
        commands.put("service-account", ServiceAccountCommands::new);
        commands.put("audit", AuditCommands::new);
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
        CommandBehaviour.apply(tree, terminal, root::report);
        // What follows the session is the remote command's, dashes and all.
        tree.getSubcommands().values().stream()
                .flatMap(noun -> noun.getSubcommands().values().stream())
                .filter(verb -> verb.getCommand() instanceof ExecCommand)
                .forEach(exec -> exec.setStopAtPositional(true));
        return tree;
    }
}
