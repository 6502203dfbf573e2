package dev.sandkeep.server.snapshots;

import dev.sandkeep.server.computes.CommandOutput;
import dev.sandkeep.server.platform.errors.ProblemCode;
import dev.sandkeep.spi.ComputeId;
import dev.sandkeep.spi.ExecOutcome;
import dev.sandkeep.spi.ExecProcess;
import dev.sandkeep.spi.ExecSpec;
import dev.sandkeep.spi.InspectOutcome;
import dev.sandkeep.spi.ProviderException;
import dev.sandkeep.spi.SandboxProvider;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.OptionalInt;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs commands in the compute of a build; what they write goes to the job's log. */
final class BuildShell {
    private static final Logger LOG = LoggerFactory.getLogger(BuildShell.class);
    /** Between SIGTERM and SIGKILL. */
    private static final Duration GRACE = Duration.ofSeconds(5);

    private static final int SIGTERM = 15;
    /** What a command's exit code is when SIGKILL ended it. */
    private static final int KILLED = 137;

    private final SandboxProvider provider;
    private final ComputeId compute;
    private final JobLog log;

    BuildShell(SandboxProvider provider, ComputeId compute, JobLog log) {
        this.provider = provider;
        this.compute = compute;
        this.log = log;
    }

    /**
     * Runs a command to its end.
     *
     * @param stdin all that it can read
     * @param timeout after which it gets SIGTERM, and SIGKILL 5 s later
     * @param code of the failure when the compute or the provider fails under it
     * @return its exit code; empty when the time was up
     * @throws InterruptedException when the attempt must not go on; the command was ended
     */
    OptionalInt run(ExecSpec spec, String stdin, Duration timeout, ProblemCode code) throws InterruptedException {
        return run(spec, stdin, timeout, code, line -> say("stdout", line), line -> say("stderr", line));
    }

    /**
     * As above, for a script that reads a credential. What it writes to its standard output is for {@code stdout} instead of the log.
     *
     * @param credential is taken out of everything that it writes
     * @param stdout gets every line, on another thread, before this returns
     */
    OptionalInt run(
            ExecSpec spec, RepositoryCredential credential, Duration timeout, ProblemCode code, Consumer<String> stdout)
            throws InterruptedException {
        return run(
                spec,
                credential.forScript(),
                timeout,
                code,
                line -> stdout.accept(credential.hideIn(line)),
                line -> say("stderr", credential.hideIn(line)));
    }

    private OptionalInt run(
            ExecSpec spec,
            String stdin,
            Duration timeout,
            ProblemCode code,
            Consumer<String> stdout,
            Consumer<String> stderr)
            throws InterruptedException {
        ExecOutcome outcome;
        try {
            outcome = ProviderCalls.call("exec", () -> provider.exec(compute, spec));
        } catch (ProviderException failure) {
            throw StepFailed.of(failure, code);
        }
        return switch (outcome) {
            case ExecOutcome.Executing executing ->
                unlessStorageFull(follow(executing.process(), stdin, timeout, stdout, stderr));
            case ExecOutcome.NotRunning gone -> throw StepFailed.forGood(code, computeIsGone());
        };
    }

    private OptionalInt follow(
            ExecProcess process, String stdin, Duration timeout, Consumer<String> stdout, Consumer<String> stderr)
            throws InterruptedException {
        try (process) {
            CommandOutput out = read("stdout", process.stdout(), stdout);
            CommandOutput err = read("stderr", process.stderr(), stderr);
            feed(process.stdin(), stdin);
            OptionalInt exitCode;
            try {
                exitCode = process.waitFor(timeout);
            } catch (InterruptedException e) {
                endPolitely(process);
                throw e;
            }
            if (exitCode.isEmpty()) {
                endPolitely(process);
            }
            out.awaitRest();
            err.awaitRest();
            return exitCode;
        }
    }

    /** The caller is on its way out: nothing may keep it for longer than the grace time. */
    private static void endPolitely(ExecProcess process) {
        boolean interrupted = Thread.interrupted();
        try {
            process.signal(SIGTERM);
            process.waitFor(GRACE);
        } catch (InterruptedException again) {
            interrupted = true;
        } catch (ProviderException e) {
            LOG.warn("event=signal_failed cause=\"{}\"", e.getMessage());
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private CommandOutput read(String stream, InputStream from, Consumer<String> lines) {
        LineCutter cutter = new LineCutter(lines);
        return new CommandOutput(stream + "-" + compute, from, new CommandOutput.Sink() {
            @Override
            public boolean take(byte[] bytes, int length) {
                cutter.take(bytes, length);
                return true;
            }

            @Override
            public void end() {
                cutter.finish();
            }
        });
    }

    /** Writes a line into the log, as one that a command wrote. */
    void say(String stream, String line) {
        try {
            log.command(stream, line);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void feed(OutputStream to, String text) {
        Thread.ofVirtual().name("feed").start(() -> {
            try (to) {
                to.write(text.getBytes(StandardCharsets.UTF_8));
            } catch (IOException unread) {
                LOG.debug("event=command_input_unread", unread);
            }
        });
    }

    /** A compute that wrote more than its limit is killed, and the command in it with it: that is not the command's failure. */
    private OptionalInt unlessStorageFull(OptionalInt exitCode) {
        if (exitCode.isPresent() && exitCode.getAsInt() == KILLED) {
            switch (causeOfEnd()) {
                case "disk_limit_exceeded" ->
                    throw StepFailed.forGood(
                            ProblemCode.STORAGE_FULL,
                            "The build wrote more than its limit; raise limits.diskMiB in the profile.");
                case "file_limit_exceeded" ->
                    throw StepFailed.forGood(
                            ProblemCode.STORAGE_FULL,
                            "The build made more files than its limit, one for every 4 KiB of limits.diskMiB; raise that in the"
                                    + " profile.");
                default -> {}
            }
        }
        return exitCode;
    }

    private String causeOfEnd() {
        try {
            return provider.inspect(compute) instanceof InspectOutcome.Stopped stopped ? stopped.cause() : "";
        } catch (ProviderException unknown) {
            return "";
        }
    }

    private String computeIsGone() {
        try {
            return switch (provider.inspect(compute)) {
                case InspectOutcome.Stopped stopped -> "The build's compute ended (" + stopped.cause() + ").";
                case InspectOutcome.Missing missing -> "The build's compute is gone.";
                case InspectOutcome.Running running -> "The build's compute took no command.";
            };
        } catch (ProviderException unknown) {
            return "The build's compute ended.";
        }
    }
}
