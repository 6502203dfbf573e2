package dev.sandkeep.linux.files;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * A short command of the host, run to its end.
 *
 * @param exitCode 0 when it succeeded
 * @param output what it wrote to both streams, at most 64 KiB of it
 */
public record Command(int exitCode, String output) {
    private static final int KEPT = 64 * 1024;

    public boolean succeeded() {
        return exitCode == 0;
    }

    /** Runs a command without input; see {@link #run(List, String, Duration)}. */
    public static Command run(List<String> command, Duration timeout) {
        return run(command, "", timeout);
    }

    /**
     * Runs a command and waits for it.
     *
     * @param input what it reads
     * @param timeout after which it is killed and counts as failed
     * @throws IllegalStateException when it cannot be started or did not end in time
     */
    public static Command run(List<String> command, String input, Duration timeout) {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            try {
                try (OutputStream stdin = process.getOutputStream()) {
                    stdin.write(input.getBytes(StandardCharsets.UTF_8));
                } catch (IOException ended) {
                    // It ended without reading: its exit code and output say why.
                }
                Thread killer = Thread.ofVirtual().start(() -> killAfter(process, timeout));
                byte[] output = process.getInputStream().readNBytes(KEPT);
                process.getInputStream().transferTo(OutputStream.nullOutputStream());
                int exit = process.waitFor();
                killer.interrupt();
                return new Command(exit, new String(output, StandardCharsets.UTF_8).strip());
            } finally {
                process.destroyForcibly();
            }
        } catch (IOException e) {
            throw new IllegalStateException(command.getFirst() + " could not be run", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(command.getFirst() + " was interrupted", e);
        }
    }

    private static void killAfter(Process process, Duration timeout) {
        try {
            if (!process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly();
            }
        } catch (InterruptedException ended) {
            Thread.currentThread().interrupt();
        }
    }

    /** Where a program is on this host's usual path; empty when it is not installed. */
    public static Optional<Path> find(String program) {
        for (String directory :
                List.of("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")) {
            Path path = Path.of(directory, program);
            if (Files.isExecutable(path)) {
                return Optional.of(path);
            }
        }
        return Optional.empty();
    }
}
