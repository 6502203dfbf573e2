package dev.sandkeep.linux.registry;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Counts and digests what is read. */
final class DigestedStream extends FilterInputStream {
    private static final int DRAIN = 64 * 1024;

    private final MessageDigest sha256;
    private long bytes;

    DigestedStream(InputStream in) {
        super(in);
        try {
            sha256 = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /** Reads what is left and gives the digest of everything: {@code sha256:} and 64 hexadecimal digits. Asked for once. */
    String digest() throws IOException {
        byte[] rest = new byte[DRAIN];
        while (read(rest, 0, rest.length) >= 0) {
            // Only to be counted and digested.
        }
        return "sha256:" + HexFormat.of().formatHex(sha256.digest());
    }

    /** How many have been read. */
    long bytes() {
        return bytes;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        int read = super.read(buffer, offset, length);
        if (read > 0) {
            sha256.update(buffer, offset, read);
            bytes += read;
        }
        return read;
    }

    @Override
    public long skip(long count) throws IOException {
        byte[] passed = new byte[(int) Math.min(count, DRAIN)];
        return Math.max(0, read(passed, 0, passed.length));
    }

    @Override
    public boolean markSupported() {
        return false;
    }
}
