package dev.sandkeep.cli.quickstart;

import dev.sandkeep.cli.client.Failure;
import dev.sandkeep.cli.host.DataDirectory;
import dev.sandkeep.cli.host.Launcher;
import dev.sandkeep.cli.terminal.Terminal;
import dev.sandkeep.cli.terminal.Times;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;

/** Runs {@code doctor --install}, and passes on what it says. */
final class CheckHost {
    private final Terminal terminal;
    private final Launcher launcher;
    private final DataDirectory data;
    private final Timings timings;

    CheckHost(Terminal terminal, Launcher launcher, DataDirectory data, Timings timings) {
        this.terminal = terminal;
        this.launcher = launcher;
        this.data = data;
        this.timings = timings;
    }

    void run() {
        long began = System.nanoTime();
        ProcessBuilder doctor = new ProcessBuilder(launcher.command("doctor", "--install"))
                .redirectInput(new File("/dev/null"))
                .redirectErrorStream(true);
        doctor.environment().put("SANDKEEP_DATA", data.path().toString());
        try {
            Process process = doctor.start();
            try (BufferedReader lines = process.inputReader()) {
                lines.lines().forEach(line -> terminal.note("     " + Terminal.printable(line)));
            }
            int code = process.waitFor();
            if (code != 0) {
                throw new Failure(
                        "this machine is not ready (doctor ended with exit code " + code + ")",
                        "each check above that failed says what to do");
            }
        } catch (IOException e) {
            throw new Failure("doctor cannot be run: " + e.getMessage(), "run './sandkeep doctor'", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Failure("interrupted", "", e);
        }
        timings.add("check this machine", Times.since(began), "");
    }
}
