package dev.sandkeep.cli;

import dev.sandkeep.cli.client.Json;
import dev.sandkeep.cli.client.RemoteCommand;
import dev.sandkeep.cli.client.Route;
import dev.sandkeep.cli.client.SandkeepClient;
import dev.sandkeep.cli.host.ProcessSignals;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

@Command(
        name = "exec",
        description = {
            "Run a command in a session's sandbox.",
            "",
            "Standard input, output and error are the command's own, apart and byte for byte, so that it works in pipes:",
            "",
            "  tar c . | sandkeep session exec SESSION -- tar x -C /root/work",
            "",
            "SIGINT, SIGTERM and SIGHUP are passed on, and the exit code is the command's. Options stand before the"
                    + " session. There is no terminal in the sandbox; full-screen programs do not work."
        },
        customSynopsis = {"sandkeep session exec [OPTIONS] SESSION -- COMMAND [ARGUMENT...]"},
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0..255:of the command; 128 + n when signal n ended it",
            "1:also when the command could not be run; the reason is on standard error",
            "2:also on wrong usage"
        },
        sortOptions = false)
final class ExecCommand implements Runnable, CommandLine.IExitCodeGenerator {
    /** What a shell reports for a writer whose reader went away: 128 + SIGPIPE. */
    private static final int BROKEN_PIPE = 141;
    /** The signal with which a person insists: the connection is broken off. */
    private static final int INSISTING = 3;

    @ParentCommand
    SessionCommands parent;

    @Spec
    CommandSpec spec;

    @Option(
            names = {"-e", "--env"},
            paramLabel = "KEY=VALUE",
            description = "An environment variable for the command; may be repeated.")
    Map<String, String> variables = new LinkedHashMap<>();

    @Option(
            names = {"-w", "--workdir"},
            paramLabel = "DIR",
            description = "Directory to run in (default: the profile's working directory).")
    @Nullable
    String workingDirectory;

    @Option(
            names = {"-n", "--no-stdin"},
            description = "Do not read standard input, e.g. inside a shell loop that reads it itself.")
    boolean noStdin;

    @Option(
            names = "--no-resume",
            description = "Fail when the session is stopped, instead of resuming it first as its profile has it.")
    boolean noResume;

    @Option(
            names = "--timeout",
            paramLabel = "SECONDS",
            defaultValue = "60",
            description = "With --json only: end the command after this long (default: ${DEFAULT-VALUE}).")
    int timeoutSeconds;

    @Parameters(index = "0", paramLabel = "SESSION", description = "Session id, sandbox id or name.")
    String session;

    @Parameters(index = "1..*", arity = "0..*", paramLabel = "COMMAND", description = "The program and its arguments.")
    List<String> words = List.of();

    private int exitCode;

    @Override
    public int getExitCode() {
        return exitCode;
    }

    @Override
    public void run() {
        RemoteCommand.Request request = new RemoteCommand.Request(
                command(), variables, workingDirectory == null ? "" : workingDirectory, !noStdin, !noResume);
        try (SandkeepClient client = parent.root.client()) {
            exitCode = parent.root.json() ? runWhole(client, request) : runStreamed(client, request);
        }
    }

    private List<String> command() {
        boolean separated = !words.isEmpty() && words.getFirst().equals("--");
        List<String> command = separated ? words.subList(1, words.size()) : words;
        if (command.isEmpty()) {
            throw wrong("a COMMAND is missing: sandkeep session exec " + session + " -- COMMAND");
        }
        if (!separated && command.getFirst().startsWith("-")) {
            throw wrong("options stand before the session: sandkeep session exec " + command.getFirst() + " … "
                    + session + " -- COMMAND");
        }
        return command;
    }

    private CommandLine.ParameterException wrong(String message) {
        return new CommandLine.ParameterException(spec.commandLine(), message);
    }

    /** For programs that want one document instead of streams: standard input is not read. */
    private int runWhole(SandkeepClient client, RemoteCommand.Request request) {
        ObjectNode body = request.json().put("timeoutSeconds", timeoutSeconds);
        JsonNode result = client.post(Route.of("sessions", session, "exec"), body);
        parent.root.terminal().result(Json.pretty(result));
        return result.path("exitCode").asInt(1);
    }

    private int runStreamed(SandkeepClient client, RemoteCommand.Request request) {
        FileOutputStream stdout = new FileOutputStream(FileDescriptor.out);
        FileOutputStream stderr = new FileOutputStream(FileDescriptor.err);
        try (RemoteCommand command = RemoteCommand.start(client, session, request, stdout, stderr)) {
            passSignalsOn(command);
            if (request.stdin()) {
                // A platform thread that nobody waits for: a read of standard input cannot be interrupted.
                Thread.ofPlatform()
                        .daemon()
                        .name("stdin")
                        .start(() -> command.sendInput(new FileInputStream(FileDescriptor.in)));
            }
            return command.exitCode();
        } catch (RemoteCommand.OutputClosed nobodyReads) {
            return BROKEN_PIPE;
        }
    }

    private static void passSignalsOn(RemoteCommand command) {
        AtomicInteger received = new AtomicInteger();
        ProcessSignals.handle(List.of("INT", "TERM", "HUP"), signal -> {
            boolean insisting = received.incrementAndGet() >= INSISTING;
            if (insisting || !command.signal("SIG" + signal.name())) {
                command.close();
                Runtime.getRuntime().halt(128 + signal.number());
            }
        });
    }
}
