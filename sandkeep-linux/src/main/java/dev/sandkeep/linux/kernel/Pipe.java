package dev.sandkeep.linux.kernel;

import static dev.sandkeep.linux.kernel.OpenFlags.O_CLOEXEC;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.io.FileInputStream;
import java.io.FileNotFoundException;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.concurrent.Callable;

/**
 * A pipe between this process and one that it starts.
 *
 * <p>The JDK's own pipes to a child end when the child does, even where the child left them to others; this one ends when
 * nobody can write to it any more.
 */
public final class Pipe implements AutoCloseable {
    private final Descriptor readEnd;
    private final Descriptor writeEnd;

    private Pipe(Descriptor readEnd, Descriptor writeEnd) {
        this.readEnd = readEnd;
        this.writeEnd = writeEnd;
    }

    /** Makes a pipe whose two ends this process holds until {@link #close}. */
    public static Pipe open() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment ends = arena.allocate(8, 4);
            SystemCall.PIPE2.call("pipe", ends.address(), O_CLOEXEC);
            return new Pipe(
                    new Descriptor(ends.get(JAVA_INT, 0), "pipe"), new Descriptor(ends.get(JAVA_INT, 4), "pipe"));
        }
    }

    /** The end to read from, as a file that a child opens as its input. */
    public Path readEnd() {
        return Path.of(readEnd.path());
    }

    /** The end to write to, as a file that a child opens as its output. */
    public Path writeEnd() {
        return Path.of(writeEnd.path());
    }

    /** What is written to the pipe; independent of {@link #close}. */
    public InputStream input() {
        try {
            return new Input(new FileInputStream(readEnd.path()), readEnd.duplicate());
        } catch (FileNotFoundException e) {
            throw new UncheckedIOException("a pipe cannot be read", e);
        }
    }

    /** Writes to the pipe; independent of {@link #close}. */
    public OutputStream output() {
        try {
            return new Output(new FileOutputStream(writeEnd.path()));
        } catch (FileNotFoundException e) {
            throw new UncheckedIOException("a pipe cannot be written", e);
        }
    }

    /** Lets go of the ends that this process holds, so that the streams taken before see the other side's end. */
    @Override
    public void close() {
        try (readEnd) {
            writeEnd.close();
        }
    }

    private static <T> T blocking(Callable<T> call) throws IOException {
        try {
            return Blocking.call(call);
        } catch (IOException | RuntimeException e) {
            throw e;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while waiting for the other end of a pipe");
        } catch (Exception e) {
            throw new IOException(e);
        }
    }

    /** Writes a pipe. */
    private static final class Output extends OutputStream {
        private final FileOutputStream stream;

        Output(FileOutputStream stream) {
            this.stream = stream;
        }

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] source, int offset, int length) throws IOException {
            blocking(() -> {
                stream.write(source, offset, length);
                return length;
            });
        }

        @Override
        public void close() throws IOException {
            stream.close();
        }
    }

    /** Reads a pipe, and can be closed while another thread waits in a read, which then answers the end. */
    private static final class Input extends InputStream {
        private final FileInputStream stream;
        private final Descriptor readEnd;
        private volatile boolean closed;

        Input(FileInputStream stream, Descriptor readEnd) {
            this.stream = stream;
            this.readEnd = readEnd;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            if (closed) {
                return -1;
            }
            int read = blocking(() -> stream.read(target, offset, length));
            return closed ? -1 : read;
        }

        @Override
        public int available() throws IOException {
            return closed ? 0 : stream.available();
        }

        @Override
        public void close() throws IOException {
            synchronized (readEnd) {
                if (closed) {
                    return;
                }
                closed = true;
            }
            // A reader that waits is woken by a byte that it will not hand on. One on a full pipe does not wait.
            try (readEnd) {
                if (stream.available() == 0) {
                    try (FileOutputStream wake = new FileOutputStream(readEnd.path())) {
                        wake.write(0);
                    }
                }
            } finally {
                stream.close();
            }
        }
    }
}
