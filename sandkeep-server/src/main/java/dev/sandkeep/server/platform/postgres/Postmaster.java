package dev.sandkeep.server.platform.postgres;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The main process of a running database server, ours or one that an earlier server left behind.
 *
 * @param process may be nobody's child any more
 * @param command its program and arguments, as the kernel tells them
 */
record Postmaster(ProcessHandle process, List<String> command) {
    private static final Duration FAST = Duration.ofSeconds(30);
    private static final Duration IMMEDIATE = Duration.ofSeconds(10);

    /** What {@code postmaster.pid} in {@code data} tells of, when that lives and really serves {@code data}. */
    static Optional<Postmaster> find(Path data) throws IOException {
        Optional<List<String>> lines = pidFile(data);
        if (lines.isEmpty()) {
            return Optional.empty();
        }
        long pid = Long.parseLong(lines.get().getFirst().strip());
        Optional<ProcessHandle> process = ProcessHandle.of(pid);
        Optional<Postmaster> found = process.filter(ProcessHandle::isAlive)
                .map(handle -> new Postmaster(handle, commandOf(pid)))
                .filter(postmaster -> postmaster.command().contains(data.toString()));
        if (found.isEmpty() && process.isPresent()) {
            // After a reboot the number belongs to somebody else, and PostgreSQL could take that one for its own.
            Files.deleteIfExists(data.resolve("postmaster.pid"));
        }
        return found;
    }

    /** Whether this very process takes connections to {@code data}; what an earlier one that was killed left does not count. */
    boolean isReady(Path data) throws IOException {
        return pidFile(data)
                .filter(lines -> lines.size() >= 8
                        && lines.getFirst().strip().equals(Long.toString(process.pid()))
                        && lines.get(7).strip().equals("ready"))
                .isPresent();
    }

    /** Ends it: clients are cut off, everything committed is kept. Returns when it is gone. */
    void stop() throws IOException, InterruptedException {
        signal("INT");
        if (!endsWithin(FAST)) {
            signal("QUIT");
            if (!endsWithin(IMMEDIATE)) {
                process.destroyForcibly();
                endsWithin(IMMEDIATE);
            }
        }
    }

    private boolean endsWithin(Duration time) throws InterruptedException {
        try {
            process.onExit().get(time.toMillis(), TimeUnit.MILLISECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (ExecutionException e) {
            throw new IllegalStateException("waiting for PostgreSQL to end failed", e);
        }
    }

    /** Java can send TERM and KILL only; to PostgreSQL TERM means: wait for every client for ever. */
    private void signal(String name) throws IOException, InterruptedException {
        new ProcessBuilder("sh", "-c", "kill -" + name + " " + process.pid())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor();
    }

    private static Optional<List<String>> pidFile(Path data) throws IOException {
        try {
            List<String> lines = Files.readAllLines(data.resolve("postmaster.pid"), StandardCharsets.UTF_8);
            boolean complete = !lines.isEmpty() && lines.getFirst().strip().matches("\\d{1,9}");
            return complete ? Optional.of(lines) : Optional.empty();
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    private static List<String> commandOf(long pid) {
        try {
            String text = Files.readString(Path.of("/proc/" + pid + "/cmdline"), StandardCharsets.UTF_8);
            return Arrays.asList(text.split("\0"));
        } catch (IOException e) {
            return List.of(); // it ended just now
        }
    }
}
