package dev.sandkeep.bench;

import dev.sandkeep.cli.Report;
import dev.sandkeep.cli.ServerOptions;
import dev.sandkeep.cli.client.SandkeepClient;
import dev.sandkeep.cli.host.DataDirectory;
import dev.sandkeep.cli.terminal.Terminal;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

@Command(
        name = "sandkeep bench",
        description = {
            "Measure Sandkeep beside what it is built on, in one run on this machine.",
            "",
            "Needs a running server with the linux provider on this machine, and root. Makes its own profiles and"
                    + " sessions and deletes them, also when interrupted."
        },
        synopsisSubcommandLabel = "COMMAND",
        sortOptions = false)
final class Bench implements Runnable {
    private final Terminal terminal;
    private final Map<String, String> environment;

    @Spec
    CommandSpec spec;

    @Mixin
    ServerOptions options = new ServerOptions();

    @Option(
            names = "--check",
            scope = ScopeType.INHERIT,
            order = 100,
            description = "Exit with 1 when a budget is missed.")
    boolean check;

    Bench(Terminal terminal, Map<String, String> environment) {
        this.terminal = terminal;
        this.environment = environment;
    }

    @Override
    public void run() {
        throw new CommandLine.ParameterException(spec.commandLine(), "name a benchmark: start, persist or snapshot");
    }

    Terminal terminal() {
        return terminal;
    }

    Report report() {
        return new Report(terminal, options.json());
    }

    SandkeepClient client() {
        return options.client(environment);
    }

    DataDirectory dataDirectory() {
        return options.dataDirectory(environment);
    }

    /** Shows what was measured; the exit code. */
    int conclude(Figures figures) {
        report().show(figures.json(), figures::print);
        return check && !figures.withinBudgets() ? 1 : 0;
    }
}
