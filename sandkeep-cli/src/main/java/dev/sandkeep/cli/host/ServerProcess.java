package dev.sandkeep.cli.host;

import dev.sandkeep.cli.client.Failure;
import dev.sandkeep.cli.client.SandkeepClient;
import dev.sandkeep.cli.client.ServerUnreachable;
import dev.sandkeep.cli.host.DataDirectory.RunningServer;
import dev.sandkeep.cli.terminal.Progress;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** The server of a data directory as a process on this machine. */
public final class ServerProcess {
    private static final Duration POLL = Duration.ofMillis(50);
    /** How much later than the process itself {@code startedAt} may seem, clocks being read at different moments. */
    private static final Duration CLOCK_SLACK = Duration.ofSeconds(2);

    private static final int LAST_LINES = 20;

    private final DataDirectory directory;

    /** The server that uses {@code directory}. */
    public ServerProcess(DataDirectory directory) {
        this.directory = directory;
    }

    /** The server's record when the process it names is alive and really is that server. */
    public Optional<RunningServer> running() {
        return directory.server().filter(ServerProcess::isThatProcess);
    }

    private static boolean isThatProcess(RunningServer server) {
        return ProcessHandle.of(server.pid())
                .filter(ProcessHandle::isAlive)
                .filter(process -> commandLine(server.pid()).contains("dev.sandkeep.server"))
                .filter(process -> process.info()
                        .startInstant()
                        .map(began -> began.isBefore(server.startedAt().plus(CLOCK_SLACK)))
                        .orElse(true))
                .isPresent();
    }

    private static String commandLine(long pid) {
        try {
            return Files.readString(Path.of("/proc", Long.toString(pid), "cmdline"), StandardCharsets.ISO_8859_1);
        } catch (IOException gone) {
            return "";
        }
    }

    /**
     * Starts the server in the background, in a session of its own so that it outlives the terminal, and waits until
     * it answers.
     *
     * @param settings environment variables for it, beside this process's own
     * @throws Failure with the server's last lines when it ends or does not answer within {@code patience}
     */
    public RunningServer start(Launcher launcher, Map<String, String> settings, Duration patience, Progress progress) {
        long logBegan = prepareLog();
        Process process = launch(launcher, settings);
        long deadline = System.nanoTime() + patience.toNanos();
        while (System.nanoTime() < deadline) {
            if (!process.isAlive()) {
                throw new Failure(
                        "the server ended with exit code " + process.exitValue() + " before it was ready"
                                + quoted(lastLines(logBegan)),
                        "all of its output is in " + directory.serverLog() + "; 'sandkeep doctor' checks this machine");
            }
            Optional<RunningServer> server = directory.server().filter(s -> s.pid() == process.pid());
            if (server.isPresent() && health(server.get()).equals("up")) {
                return server.get();
            }
            lastLines(logBegan).stream().reduce((a, b) -> b).ifPresent(progress::detail);
            pause();
        }
        throw new Failure(
                "the server (process " + process.pid() + ") is not ready after " + patience.toSeconds() + " s"
                        + quoted(lastLines(logBegan)),
                "it may still come up: 'sandkeep server status', 'sandkeep server logs -f'");
    }

    private Process launch(Launcher launcher, Map<String, String> settings) {
        List<String> command = new ArrayList<>(List.of("setsid"));
        command.addAll(launcher.command("server"));
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectInput(new File("/dev/null"))
                .redirectOutput(
                        ProcessBuilder.Redirect.appendTo(directory.serverLog().toFile()))
                .redirectErrorStream(true);
        // Meant for clients; the server must not inherit somebody's key.
        builder.environment().keySet().removeAll(List.of("SANDKEEP_URL", "SANDKEEP_API_KEY"));
        builder.environment().put("SANDKEEP_DATA", directory.path().toString());
        builder.environment().putAll(settings);
        try {
            return builder.start();
        } catch (IOException e) {
            throw new Failure(
                    "the server cannot be started: " + e.getMessage(),
                    "it needs 'setsid' (Debian package util-linux) and " + launcher.script(),
                    e);
        }
    }

    /** Makes the log, readable by its owner only, and returns where the next line will stand. */
    private long prepareLog() {
        Path log = directory.serverLog();
        try {
            Files.createDirectories(directory.path());
            if (Files.notExists(log)) {
                Files.createFile(
                        log, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            }
            return Files.size(log);
        } catch (IOException e) {
            throw new Failure(
                    "cannot write to the data directory " + directory.path() + ": " + e.getMessage(),
                    "run as root, or choose another with --data",
                    e);
        }
    }

    private static String health(RunningServer server) {
        try (SandkeepClient client = new SandkeepClient(server.url(), "")) {
            JsonNode health = client.health();
            return health.path("status").asString("unknown");
        } catch (ServerUnreachable | JacksonException notYet) {
            return "unreachable";
        }
    }

    private List<String> lastLines(long from) {
        try (var channel = Files.newByteChannel(directory.serverLog())) {
            long begin = Math.max(from, channel.size() - 8192);
            var buffer = java.nio.ByteBuffer.allocate((int) Math.max(0, channel.size() - begin));
            channel.position(begin).read(buffer);
            List<String> lines = new String(buffer.array(), 0, buffer.position(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.isBlank())
                    .toList();
            return lines.subList(Math.max(0, lines.size() - LAST_LINES), lines.size());
        } catch (IOException unreadable) {
            return List.of("(its log " + directory.serverLog() + " cannot be read: " + unreadable.getMessage() + ")");
        }
    }

    private static String quoted(List<String> lines) {
        return lines.isEmpty() ? "" : ". Its last lines:\n  " + String.join("\n  ", lines);
    }

    /**
     * Asks the server to end, and waits.
     *
     * @param force end it at once; work that was under way is taken up again at the next start
     * @throws Failure when it is still there after {@code patience}
     */
    public void stop(RunningServer server, boolean force, Duration patience) {
        ProcessHandle process = ProcessHandle.of(server.pid()).orElse(null);
        if (process == null) {
            return;
        }
        boolean asked = force ? process.destroyForcibly() : process.destroy();
        if (!asked && process.isAlive()) {
            throw new Failure("process " + server.pid() + " cannot be signalled", "run as the user who started it");
        }
        Instant deadline = Instant.now().plus(patience);
        while (process.isAlive()) {
            if (Instant.now().isAfter(deadline)) {
                throw new Failure(
                        "the server (process " + server.pid() + ") has not ended after " + patience.toSeconds() + " s",
                        "wait, or end it at once with 'sandkeep server stop --force'");
            }
            pause();
        }
    }

    private static void pause() {
        try {
            Thread.sleep(POLL);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Failure("interrupted", "", e);
        }
    }
}
