package dev.sandkeep.linux.runtime;

import dev.sandkeep.linux.kernel.HostProcess;
import dev.sandkeep.spi.ExecProcess;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;

/** A command in a container, through the runtime process that carries its streams and its exit code. */
final class ContainerCommand implements ExecProcess {
    private static final int SIGKILL = 9;
    private static final int NOT_FOUND = 127;
    private static final int NOT_EXECUTABLE = 126;

    private final Process runtime;
    private final Path files;

    /** @param files private directory with the runtime's {@code pid} and {@code log}, removed by {@link #close} */
    ContainerCommand(Process runtime, Path files) {
        this.runtime = runtime;
        this.files = files;
    }

    @Override
    public OutputStream stdin() {
        return runtime.getOutputStream();
    }

    @Override
    public InputStream stdout() {
        return runtime.getInputStream();
    }

    @Override
    public InputStream stderr() {
        return runtime.getErrorStream();
    }

    @Override
    public void signal(int number) {
        if (number < 1 || number > 64) {
            throw new IllegalArgumentException("no such signal: " + number);
        }
        if (runtime.isAlive()) {
            process().ifPresent(process -> process.signal(number));
        }
    }

    /** The command itself on the host; empty when it never came to run or has ended. */
    private Optional<HostProcess> process() {
        String pid = OciRuntime.read(files.resolve("pid")).strip();
        return pid.isEmpty() ? Optional.empty() : HostProcess.find(Long.parseLong(pid));
    }

    @Override
    public OptionalInt waitFor(Duration timeout) throws InterruptedException {
        if (!runtime.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
            return OptionalInt.empty();
        }
        boolean ran = !OciRuntime.read(files.resolve("pid")).isBlank();
        return OptionalInt.of(ran ? runtime.exitValue() : reasonNotRun());
    }

    private int reasonNotRun() {
        String log = OciRuntime.read(files.resolve("log")).toLowerCase(Locale.ROOT);
        boolean absent =
                List.of("executable file not found", "no such file or directory", "not found in $path").stream()
                        .anyMatch(log::contains);
        return absent && !log.contains("chdir") ? NOT_FOUND : NOT_EXECUTABLE;
    }

    @Override
    public void close() {
        process().filter(process -> runtime.isAlive()).ifPresent(process -> process.signal(SIGKILL));
        runtime.destroyForcibly();
        for (String name : List.of("process.json", "pid", "log")) {
            files.resolve(name).toFile().delete();
        }
        files.toFile().delete();
    }
}
