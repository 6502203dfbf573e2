package dev.sandkeep.cli;

import dev.sandkeep.cli.host.Launcher;
import dev.sandkeep.cli.quickstart.Quickstart;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParentCommand;

@Command(
        name = "quickstart",
        description = {
            "Show the whole of Sandkeep on this machine, every step for real.",
            "",
            "Checks the machine and installs what is missing; starts the server; publishes the profile 'quickstart' of"
                    + " examples/quickstart.yaml; starts a session, works in it, kills its compute from outside,"
                    + " resumes it and shows what survived; and compares with the bare OCI runtime.",
            "",
            "The server stays up. Run again, it reuses everything that is there. Needs root."
        },
        sortOptions = false)
final class QuickstartCommand implements Runnable {
    @ParentCommand
    Sandkeep root;

    @Override
    public void run() {
        new Quickstart(root.terminal(), Launcher.fromEnvironment(root.environment()), root.dataDirectory())
                .run(timings -> root.report().show(timings.json(), timings::print));
    }
}
