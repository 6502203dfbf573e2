package dev.sandkeep.cli;

import dev.sandkeep.cli.terminal.Terminal;

/** Where the command line starts. */
public final class Main {
    private Main() {}

    /** Runs one command and exits with its code: 0 success, 1 failure, 2 wrong usage. */
    public static void main(String[] arguments) {
        Terminal terminal = Terminal.system();
        int code =
                CommandTree.forArguments(terminal, System.getenv(), arguments).execute(arguments);
        terminal.out().flush();
        // Not a return: connections and readers of standard input may still hold threads.
        System.exit(code);
    }
}
