package dev.sandkeep.spi;

import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.OptionalInt;

/**
 * A command that runs in a compute, started by {@link SandboxProvider#exec}.
 *
 * <p>The caller must read both outputs while it runs, or the command blocks on a full pipe. Every stream carries bytes;
 * nothing is decoded.
 */
public interface ExecProcess extends AutoCloseable {
    /** Where the command reads from; closing it is the command's end of file. */
    OutputStream stdin();

    /** What the command writes; ends when the command and all that inherited the stream have ended. */
    InputStream stdout();

    /** As {@link #stdout}, for errors. */
    InputStream stderr();

    /**
     * Sends a signal to the command. Does nothing when it has ended.
     *
     * @param number 1 to 64, as on Linux: 2 is SIGINT, 15 is SIGTERM
     */
    void signal(int number);

    /**
     * Waits for the end.
     *
     * @return the exit code, 128 + signal number when a signal ended it, 127 when the program was not found, 126 when it
     *     could not be run; empty when {@code timeout} passed first
     */
    OptionalInt waitFor(Duration timeout) throws InterruptedException;

    /** Ends the command with SIGKILL if it still runs, and frees what belongs to it. Can be repeated. */
    @Override
    void close();
}
