package dev.sandkeep.server.backup;

import dev.sandkeep.server.platform.config.StartFailure;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A server that is stopped for a while. It is started again when this is closed, with the settings that it had; and by a guard, a
 * process of its own, when this process dies before.
 */
final class StoppedServer implements AutoCloseable {
    private static final Pattern PID = Pattern.compile("\"pid\"\\s*:\\s*(\\d{1,9})");
    private static final long STOP_SECONDS = 90;
    private static final long START_SECONDS = 180;
    private static final String LAUNCHER = "SANDKEEP_LAUNCHER";

    /** A file that is there from the stop of the server until it was started again. */
    static final String MARKER = "backup-running";

    private final Path marker;
    private final Path launcher;
    private final Map<String, String> settings;
    private final PrintStream say;
    private boolean started;

    private StoppedServer(Path marker, Path launcher, Map<String, String> settings, PrintStream say) {
        this.marker = marker;
        this.launcher = launcher;
        this.settings = settings;
        this.say = say;
    }

    /** The process of the server that runs on {@code data}; empty when none does. */
    static Optional<ProcessHandle> find(Path data) throws IOException {
        Path file = data.resolve("server.json");
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        Matcher pid = PID.matcher(Files.readString(file));
        return pid.find()
                ? ProcessHandle.of(Long.parseLong(pid.group(1)))
                        .filter(ProcessHandle::isAlive)
                        .filter(it -> commandLine(it).contains("dev.sandkeep.server"))
                : Optional.empty();
    }

    /**
     * Finds out whether the server can be stopped and started from here: one that {@code sandkeep server start} began.
     *
     * @throws StartFailure when somebody else has to do that, saying who
     */
    static void requireOurs(ProcessHandle server, Path data) {
        Path output = Path.of("/proc", Long.toString(server.pid()), "fd", "1");
        try {
            if (Files.readSymbolicLink(output).equals(data.toRealPath().resolve("server.log"))) {
                return;
            }
        } catch (IOException unknown) {
            throw new StartFailure(
                    "Process " + server.pid() + ", the server, cannot be looked at: " + unknown.getMessage(),
                    "Run this as the user who started the server.",
                    unknown);
        }
        throw new StartFailure(
                "The server (process " + server.pid()
                        + ") was not started with 'sandkeep server start', so that it cannot be"
                        + " stopped and started from here.",
                "Stop it the way it is run (systemctl stop sandkeep), run this command again, and start it"
                        + " (systemctl start sandkeep). Sandboxes run on meanwhile.");
    }

    /** Stops the server. */
    static StoppedServer stop(ProcessHandle server, Path data, PrintStream say)
            throws IOException, InterruptedException {
        Path launcher = Path.of(Optional.ofNullable(System.getenv(LAUNCHER)).orElse("./sandkeep"));
        StoppedServer stopped = new StoppedServer(
                Files.writeString(data.resolve(MARKER), ProcessHandle.current().pid() + "\n"),
                launcher,
                settingsOf(server),
                say);
        stopped.guard();
        say.println("stopping the server (process " + server.pid() + ")");
        server.destroy();
        try {
            server.onExit().get(STOP_SECONDS, TimeUnit.SECONDS);
        } catch (java.util.concurrent.ExecutionException | java.util.concurrent.TimeoutException e) {
            throw new StartFailure(
                    "The server (process " + server.pid() + ") has not ended after " + STOP_SECONDS + " s.",
                    "Look at its log, and try again.",
                    e);
        }
        return stopped;
    }

    /** Starts it again, once. */
    @Override
    public synchronized void close() throws IOException {
        if (started) {
            return;
        }
        started = true;
        say.println("starting the server");
        // In a session of its own: a Ctrl-C for us is none for it.
        ProcessBuilder builder = new ProcessBuilder("setsid", "--wait", launcher.toString(), "server", "start");
        builder.environment().putAll(settings);
        Process start = builder.redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            if (start.waitFor(START_SECONDS, TimeUnit.SECONDS) && start.exitValue() == 0) {
                Files.deleteIfExists(marker);
            } else {
                say.println(
                        "sandkeep: the server did not start, and is tried again; look at its log: sandkeep server logs");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Waits for the end of this process, in a session of its own, and does what it has not done. */
    private void guard() throws IOException {
        String script = """
                while kill -0 "$1" 2>/dev/null; do sleep 0.5; done
                [ -e "$2" ] || exit
                for try in 1 2 3; do "$3" server start && break; sleep 3; done
                rm -f "$2"
                """;
        ProcessBuilder builder = new ProcessBuilder(List.of(
                "setsid",
                "sh",
                "-c",
                script,
                "backup-guard",
                Long.toString(ProcessHandle.current().pid()),
                marker.toString(),
                launcher.toString()));
        builder.environment().putAll(settings);
        builder.redirectInput(Path.of("/dev/null").toFile())
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    /** What the server was told by its environment, which need not be that of whoever makes the backup. */
    private static Map<String, String> settingsOf(ProcessHandle server) throws IOException {
        Map<String, String> settings = new TreeMap<>();
        String all =
                Files.readString(Path.of("/proc", Long.toString(server.pid()), "environ"), StandardCharsets.ISO_8859_1);
        for (String variable : all.split("\0", -1)) {
            int equals = variable.indexOf('=');
            if (equals > 0 && variable.startsWith("SANDKEEP_") && !variable.startsWith(LAUNCHER)) {
                settings.put(
                        variable.substring(0, equals),
                        new String(
                                variable.substring(equals + 1).getBytes(StandardCharsets.ISO_8859_1),
                                StandardCharsets.UTF_8));
            }
        }
        return settings;
    }

    private static String commandLine(ProcessHandle process) {
        try {
            return Files.readString(
                    Path.of("/proc", Long.toString(process.pid()), "cmdline"), StandardCharsets.ISO_8859_1);
        } catch (IOException gone) {
            return "";
        }
    }
}
