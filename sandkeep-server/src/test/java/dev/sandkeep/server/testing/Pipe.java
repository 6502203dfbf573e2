package dev.sandkeep.server.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;

/** A bounded pipe between two threads, as the kernel's: writing blocks when it is full and fails when nobody reads any more. */
final class Pipe {
    private static final int CAPACITY = 64 * 1024;

    private final byte[] ring = new byte[CAPACITY];
    private int start;
    private int size;
    private boolean ended;
    private boolean unread;

    InputStream reader() {
        return new InputStream() {
            @Override
            public int read() throws IOException {
                byte[] one = new byte[1];
                return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
            }

            @Override
            public int read(byte[] into, int offset, int length) throws IOException {
                return take(into, offset, length);
            }

            @Override
            public void close() {
                stopReading();
            }
        };
    }

    OutputStream writer() {
        return new OutputStream() {
            @Override
            public void write(int value) throws IOException {
                put(new byte[] {(byte) value}, 0, 1);
            }

            @Override
            public void write(byte[] bytes, int offset, int length) throws IOException {
                put(bytes, offset, length);
            }

            @Override
            public void close() {
                end();
            }
        };
    }

    synchronized void end() {
        ended = true;
        notifyAll();
    }

    private synchronized void stopReading() {
        unread = true;
        notifyAll();
    }

    private synchronized int take(byte[] into, int offset, int length) throws IOException {
        while (size == 0 && !ended && !unread && length > 0) {
            pause();
        }
        if (unread) {
            throw new IOException("closed");
        }
        if (size == 0) {
            return length == 0 ? 0 : -1;
        }
        int count = Math.min(length, size);
        for (int i = 0; i < count; i++) {
            into[offset + i] = ring[(start + i) % CAPACITY];
        }
        start = (start + count) % CAPACITY;
        size -= count;
        notifyAll();
        return count;
    }

    private synchronized void put(byte[] bytes, int offset, int length) throws IOException {
        for (int i = 0; i < length; i++) {
            while (size == CAPACITY && !unread && !ended) {
                pause();
            }
            if (unread || ended) {
                throw new IOException("broken pipe");
            }
            ring[(start + size) % CAPACITY] = bytes[offset + i];
            size++;
        }
        notifyAll();
    }

    /** Called in loops only. */
    @SuppressWarnings("WaitNotInLoop")
    private void pause() throws InterruptedIOException {
        try {
            notifyAll();
            wait();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted in a pipe");
        }
    }
}
