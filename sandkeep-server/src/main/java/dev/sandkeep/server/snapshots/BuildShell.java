package dev.sandkeep.server.snapshots;

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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs commands in the compute of a build; what they write goes to the job's log. */
final class BuildShell {
    private static final Logger LOG = LoggerFactory.getLogger(BuildShell.class);
    private static final int BUFFER = 32 * 1024;
    /** Between SIGTERM and SIGKILL. */
    private static final Duration GRACE = Duration.ofSeconds(5);
    /** For the last output of a command whose children keep its output open. */
    private static final Duration DRAIN = Duration.ofSeconds(2);

    private static final int SIGTERM = 15;

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
        ExecOutcome outcome;
        try {
            outcome = ProviderCalls.call("exec", () -> provider.exec(compute, spec));
        } catch (ProviderException failure) {
            throw StepFailed.of(failure, code);
        }
        return switch (outcome) {
            case ExecOutcome.Executing executing -> follow(executing.process(), stdin, timeout);
            case ExecOutcome.NotRunning gone -> throw StepFailed.forGood(code, computeIsGone());
        };
    }

    private OptionalInt follow(ExecProcess process, String stdin, Duration timeout) throws InterruptedException {
        try (process) {
            Thread out = pump("stdout", process.stdout());
            Thread err = pump("stderr", process.stderr());
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
            out.join(DRAIN);
            err.join(DRAIN);
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

    private Thread pump(String stream, InputStream from) {
        return Thread.ofVirtual().name("pump-" + stream).start(() -> {
            LineCutter cutter = new LineCutter(line -> take(stream, line));
            byte[] buffer = new byte[BUFFER];
            try (from) {
                for (int length = from.read(buffer); length >= 0; length = from.read(buffer)) {
                    cutter.take(buffer, length);
                }
            } catch (IOException closed) {
                LOG.debug("event=command_output_closed compute={}", compute, closed);
            }
            cutter.finish();
        });
    }

    private void take(String stream, String line) {
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
