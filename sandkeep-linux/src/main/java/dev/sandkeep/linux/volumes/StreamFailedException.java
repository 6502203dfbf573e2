package dev.sandkeep.linux.volumes;

import dev.sandkeep.linux.files.HostFailure;
import java.io.FilterInputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;

/** The caller's stream failed, and not the host. */
final class StreamFailedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final IOException failure;

    private StreamFailedException(IOException failure) {
        super(failure);
        this.failure = failure;
    }

    /** What the caller is to get. */
    UncheckedIOException unchecked() {
        return new UncheckedIOException(failure);
    }

    private static <T> T tell(HostFailure.Action<T> action) {
        try {
            return action.call();
        } catch (IOException e) {
            throw new StreamFailedException(e);
        }
    }

    /** A stream from which failures of {@code source} can be told apart. */
    static InputStream watched(InputStream source) {
        return new FilterInputStream(source) {
            @Override
            public int read() throws IOException {
                return tell(super::read);
            }

            @Override
            public int read(byte[] bytes, int offset, int length) throws IOException {
                return tell(() -> in.read(bytes, offset, length));
            }
        };
    }

    /** A stream to {@code target} that counts. */
    static final class Counted extends FilterOutputStream {
        private long count;

        Counted(OutputStream target) {
            super(target);
        }

        long count() {
            return count;
        }

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            int written = tell(() -> {
                out.write(bytes, offset, length);
                return length;
            });
            count += written;
        }

        @Override
        public void flush() throws IOException {
            int _ = tell(() -> {
                out.flush();
                return 0;
            });
        }
    }
}
