package dev.sandkeep.bench;

import dev.sandkeep.cli.CommandBehaviour;
import dev.sandkeep.cli.terminal.Terminal;
import picocli.CommandLine;

/** Where {@code ./sandkeep bench} starts. */
public final class Main {
    private Main() {}

    /** Runs one benchmark and exits with 0 when it was measured. */
    public static void main(String[] arguments) {
        Terminal terminal = Terminal.system();
        Bench bench = new Bench(terminal, System.getenv());
        CommandLine tree = new CommandLine(bench);
        tree.addSubcommand("start", new StartBench());
        tree.addSubcommand("persist", new PersistBench());
        tree.addSubcommand("snapshot", new SnapshotBench());
        CommandBehaviour.apply(tree, terminal, bench::report);
        int code = tree.execute(arguments);
        terminal.out().flush();
        System.exit(code);
    }
}
