package dev.sandkeep.linux.volumes;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.sandkeep.spi.ExportKey;
import dev.sandkeep.spi.ExportKeys;
import dev.sandkeep.spi.ImportOutcome;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * The encrypted form of an export.
 *
 * <pre>
 *  magic     16 bytes   "SANDKEEP-SEALED" and a line break
 *  format     1 byte    1
 *  key id     1 byte of length, then ASCII
 *  salt      32 bytes   of chance
 *  chunks               each: 4 bytes of length, then so many bytes of AES-256-GCM, its tag of 16 bytes included
 * </pre>
 *
 * The key of a stream is HMAC-SHA-256(the key, the salt), so that nonces can simply be counted: 3 zero bytes, 1 byte that is 1 in the
 * last chunk and 0 in all others, 8 bytes that count chunks from 0. Every chunk authenticates everything before the first one. So
 * chunks cannot be changed, left out, repeated or moved, and an end that is cut off has no last chunk. Content is handed on only
 * after its chunk was authenticated.
 */
final class SealedStream {
    private static final byte[] MAGIC = "SANDKEEP-SEALED\n".getBytes(US_ASCII);
    private static final int FORMAT = 1;
    private static final int SALT = 32;
    private static final int TAG = 16;
    private static final int CHUNK = 64 * 1024;

    private SealedStream() {}

    /** The stream cannot be opened. */
    static final class RefusedException extends IOException {
        private static final long serialVersionUID = 1L;

        private final ImportOutcome.Code code;

        RefusedException(ImportOutcome.Code code, String reason) {
            super(reason);
            this.code = code;
        }

        ImportOutcome.Refused refusal() {
            return new ImportOutcome.Refused(code, String.valueOf(getMessage()));
        }
    }

    /** Whether a stream begins like one of these. */
    static boolean begins(byte[] start) {
        return start.length >= MAGIC.length && Arrays.equals(start, 0, MAGIC.length, MAGIC, 0, MAGIC.length);
    }

    /** How many bytes tell. */
    static int beginning() {
        return MAGIC.length;
    }

    /** Encrypts what is written to it into {@code target}; closing writes the last chunk and leaves {@code target} open. */
    static OutputStream seal(OutputStream target, ExportKey key) throws IOException {
        byte[] salt = new byte[SALT];
        new SecureRandom().nextBytes(salt);
        byte[] header = header(key.id(), salt);
        target.write(header);
        return new Sealing(target, new Chunks(key, salt, header));
    }

    private static byte[] header(String keyId, byte[] salt) {
        byte[] id = keyId.getBytes(US_ASCII);
        return ByteBuffer.allocate(MAGIC.length + 2 + id.length + SALT)
                .put(MAGIC)
                .put((byte) FORMAT)
                .put((byte) id.length)
                .put(id)
                .put(salt)
                .array();
    }

    /**
     * Decrypts a stream.
     *
     * @param keys among which is the one that it was sealed with
     */
    static InputStream open(InputStream source, ExportKeys keys) throws IOException {
        byte[] magic = exactly(source, MAGIC.length);
        if (!begins(magic)) {
            throw new RefusedException(ImportOutcome.Code.NOT_AN_EXPORT, "the stream is no sealed export");
        }
        int format = exactly(source, 1)[0];
        if (format != FORMAT) {
            throw new RefusedException(
                    ImportOutcome.Code.NEWER_FORMAT, "a newer version sealed the stream, in format " + format);
        }
        String id = new String(exactly(source, exactly(source, 1)[0] & 0xFF), US_ASCII);
        byte[] salt = exactly(source, SALT);
        ExportKey key = keys.find(id)
                .orElseThrow(() -> new RefusedException(
                        ImportOutcome.Code.KEY_UNKNOWN,
                        "the stream is sealed with the key '" + id + "', which is not here"));
        return new Opening(source, new Chunks(key, salt, header(key.id(), salt)));
    }

    private static byte[] exactly(InputStream source, int count) throws IOException {
        byte[] bytes = source.readNBytes(count);
        if (bytes.length < count) {
            throw cutOff();
        }
        return bytes;
    }

    private static RefusedException cutOff() {
        return new RefusedException(ImportOutcome.Code.CUT_OFF, "the stream ends before its last chunk");
    }

    /** Encrypts and decrypts one chunk after the other. */
    private static final class Chunks {
        private final SecretKeySpec key;
        private final byte[] header;
        private long count;

        private Chunks(ExportKey key, byte[] salt, byte[] header) {
            this.header = header;
            try {
                Mac mac = Mac.getInstance("HmacSHA256");
                mac.init(new SecretKeySpec(key.secret(), "HmacSHA256"));
                this.key = new SecretKeySpec(mac.doFinal(salt), "AES");
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException("every Java has HMAC with SHA-256", e);
            }
        }

        private byte[] next(int mode, boolean last, byte[] bytes, int length) throws GeneralSecurityException {
            Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
            byte[] nonce = ByteBuffer.allocate(12)
                    .put(3, (byte) (last ? 1 : 0))
                    .putLong(4, count)
                    .array();
            cipher.init(mode, key, new GCMParameterSpec(8 * TAG, nonce));
            cipher.updateAAD(header);
            byte[] result = cipher.doFinal(bytes, 0, length);
            count++;
            return result;
        }
    }

    private static final class Sealing extends OutputStream {
        private final OutputStream target;
        private final Chunks chunks;
        private final byte[] chunk = new byte[CHUNK];
        private int filled;
        private boolean closed;

        private Sealing(OutputStream target, Chunks chunks) {
            this.target = target;
            this.chunks = chunks;
        }

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            for (int done = 0; done < length; ) {
                if (filled == CHUNK) {
                    writeChunk(false);
                }
                int part = Math.min(length - done, CHUNK - filled);
                System.arraycopy(bytes, offset + done, chunk, filled, part);
                filled += part;
                done += part;
            }
        }

        private void writeChunk(boolean last) throws IOException {
            try {
                byte[] sealed = chunks.next(Cipher.ENCRYPT_MODE, last, chunk, filled);
                target.write(ByteBuffer.allocate(4).putInt(sealed.length).array());
                target.write(sealed);
                filled = 0;
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException("every Java has AES-GCM", e);
            }
        }

        @Override
        public void close() throws IOException {
            if (!closed) {
                closed = true;
                writeChunk(true);
                target.flush();
            }
        }
    }

    private static final class Opening extends InputStream {
        private final InputStream source;
        private final Chunks chunks;
        private byte[] chunk = new byte[0];
        private int at;
        private boolean last;

        private Opening(InputStream source, Chunks chunks) {
            this.source = source;
            this.chunks = chunks;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            if (length == 0) {
                return 0;
            }
            while (at == chunk.length) {
                if (last) {
                    requireEnd();
                    return -1;
                }
                nextChunk();
            }
            int part = Math.min(length, chunk.length - at);
            System.arraycopy(chunk, at, bytes, offset, part);
            at += part;
            return part;
        }

        private void requireEnd() throws IOException {
            if (source.read() >= 0) {
                throw new RefusedException(ImportOutcome.Code.CHANGED, "the stream goes on after its last chunk");
            }
        }

        private void nextChunk() throws IOException {
            int length = ByteBuffer.wrap(exactly(source, 4)).getInt();
            if (length < TAG || length > CHUNK + TAG) {
                throw changed();
            }
            byte[] sealed = exactly(source, length);
            // Every chunk but the last is full; so is the last one by chance only.
            boolean mayBeLast = length < CHUNK + TAG;
            try {
                chunk = mayBeLast ? open(sealed, true) : openFull(sealed);
            } catch (GeneralSecurityException e) {
                RefusedException refused = changed();
                refused.addSuppressed(e);
                throw refused;
            }
            at = 0;
        }

        private byte[] openFull(byte[] sealed) throws GeneralSecurityException {
            try {
                return open(sealed, false);
            } catch (AEADBadTagException perhapsTheLast) {
                return open(sealed, true);
            }
        }

        private byte[] open(byte[] sealed, boolean asLast) throws GeneralSecurityException {
            byte[] opened = chunks.next(Cipher.DECRYPT_MODE, asLast, sealed, sealed.length);
            last = asLast;
            return opened;
        }

        private static RefusedException changed() {
            return new RefusedException(
                    ImportOutcome.Code.CHANGED,
                    "the stream is not what was sealed, or the key of that name is another one here");
        }
    }
}
