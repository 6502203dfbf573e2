package dev.sandkeep.linux.runtime;

import dev.sandkeep.linux.kernel.AdoptedProcess;
import dev.sandkeep.linux.kernel.HostProcess;
import dev.sandkeep.linux.kernel.Pipe;
import dev.sandkeep.spi.ExecProcess;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** A command in a container. */
final class ContainerCommand implements ExecProcess {
    private static final System.Logger LOG = System.getLogger(ContainerCommand.class.getName());
    private static final int SIGKILL = 9;
    private static final int NOT_FOUND = 127;
    private static final int NOT_EXECUTABLE = 126;

    private final Optional<HostProcess> process;
    private final OutputStream stdin;
    private final InputStream stdout;
    private final InputStream stderr;
    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile int exitCode;

    private ContainerCommand(Optional<HostProcess> process, Pipe stdin, Pipe stdout, Pipe stderr) {
        this.process = process;
        this.stdin = stdin.output();
        this.stdout = stdout.input();
        this.stderr = stderr.input();
    }

    /** A command that runs as {@code pid}, a process that this one adopted. */
    static ContainerCommand running(long pid, Pipe stdin, Pipe stdout, Pipe stderr) {
        ContainerCommand command = new ContainerCommand(HostProcess.find(pid), stdin, stdout, stderr);
        Thread.ofPlatform().daemon().name("sandkeep-exec-" + pid).start(() -> command.awaitEnd(pid));
        return command;
    }

    /**
     * A command that could not be started; why stands on its standard error.
     *
     * @param log the runtime's own words
     */
    static ContainerCommand neverRan(String log, Pipe stdin, Pipe stdout, Pipe stderr) {
        ContainerCommand command = new ContainerCommand(Optional.empty(), stdin, stdout, stderr);
        command.end(reasonNotRun(log.toLowerCase(Locale.ROOT)));
        return command;
    }

    private static int reasonNotRun(String log) {
        boolean absent =
                List.of("executable file not found", "no such file or directory", "not found in $path").stream()
                        .anyMatch(log::contains);
        return absent && !log.contains("chdir") ? NOT_FOUND : NOT_EXECUTABLE;
    }

    private void awaitEnd(long pid) {
        try {
            // Not ours to reap only if something else in this process waited for any child, which nothing may.
            end(AdoptedProcess.await(pid).orElse(NOT_EXECUTABLE));
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.ERROR, "event=exec_not_reaped pid=" + pid, e);
            end(NOT_EXECUTABLE);
        }
    }

    private void end(int code) {
        exitCode = code;
        ended.countDown();
    }

    @Override
    public OutputStream stdin() {
        return stdin;
    }

    @Override
    public InputStream stdout() {
        return stdout;
    }

    @Override
    public InputStream stderr() {
        return stderr;
    }

    @Override
    public void signal(int number) {
        if (number < 1 || number > 64) {
            throw new IllegalArgumentException("no such signal: " + number);
        }
        process.ifPresent(command -> command.signal(number));
    }

    @Override
    public OptionalInt waitFor(Duration timeout) throws InterruptedException {
        return ended.await(timeout.toNanos(), TimeUnit.NANOSECONDS) ? OptionalInt.of(exitCode) : OptionalInt.empty();
    }

    @Override
    public void close() {
        process.ifPresent(command -> command.signal(SIGKILL));
        try (stdout;
                stderr) {
            stdin.close();
        } catch (IOException e) {
            LOG.log(System.Logger.Level.DEBUG, "event=exec_streams_not_closed", e);
        }
    }
}
