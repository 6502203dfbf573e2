package dev.sandkeep.cli.quickstart;

import dev.sandkeep.cli.host.DataDirectory;
import dev.sandkeep.cli.host.DataDirectory.RunningServer;
import dev.sandkeep.cli.host.Launcher;
import dev.sandkeep.cli.host.ServerProcess;
import dev.sandkeep.cli.terminal.Progress;
import dev.sandkeep.cli.terminal.Terminal;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/** Makes sure that the server runs. */
final class StartServer {
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private final Terminal terminal;
    private final Launcher launcher;
    private final DataDirectory data;
    private final Timings timings;

    StartServer(Terminal terminal, Launcher launcher, DataDirectory data, Timings timings) {
        this.terminal = terminal;
        this.launcher = launcher;
        this.data = data;
        this.timings = timings;
    }

    RunningServer run() {
        ServerProcess process = new ServerProcess(data);
        try (Progress progress = new Progress(terminal, "     ", "starting the server with data in " + data.path())) {
            Optional<RunningServer> running = process.running();
            RunningServer server = running.orElseGet(() -> process.start(launcher, Map.of(), PATIENCE, progress));
            progress.done((running.isPresent() ? "it is running already: " : "it is up: ") + server.url() + " (process "
                    + server.pid() + ")");
            timings.add(
                    "start the server",
                    progress.elapsed(),
                    running.isPresent() ? "was running" : "with its own PostgreSQL");
            return server;
        }
    }
}
