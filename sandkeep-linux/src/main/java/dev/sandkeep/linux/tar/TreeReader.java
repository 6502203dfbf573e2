package dev.sandkeep.linux.tar;

import dev.sandkeep.linux.kernel.Directory;
import java.io.ByteArrayOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Optional;

/**
 * Reads an archive of {@link TreeWriter}. It is taken for hostile, as {@link TarExtraction} says; but what it says of marks and opaque
 * directories is believed.
 */
public final class TreeReader {
    private static final int LARGEST_NOTE = 1 << 20;

    private final DigestedInput in;
    private final Path target;
    private final String trees;
    private final Notes notes;

    private TreeReader(InputStream archive, Path target, String trees, Notes notes) {
        this.in = new DigestedInput(archive);
        this.target = target;
        this.trees = trees;
        this.notes = notes;
    }

    /** Is shown the files that are no part of a tree. */
    public interface Notes {
        /**
         * One file.
         *
         * @param digest SHA-256 of everything before it in the archive
         * @throws IOException to stop
         */
        void note(String name, byte[] content, byte[] digest) throws IOException;

        /**
         * Asked before an entry of a tree is unpacked.
         *
         * @throws IOException when it must not come now
         */
        void expectTree() throws IOException;
    }

    /**
     * Unpacks what is below {@code trees} in the archive, under the same names, into {@code target}, an empty directory.
     *
     * @throws MalformedTarException when it is no such archive, or ends too early
     */
    public static void read(InputStream archive, Path target, String trees, Notes notes) throws IOException {
        new TreeReader(archive, target, trees, notes).read();
    }

    private void read() throws IOException {
        TarReader reader = new TarReader(in);
        try (Directory top = Directory.open(target)) {
            TarExtraction extraction = TarExtraction.exactly(target, top);
            while (true) {
                reader.skipContent();
                byte[] digest = in.soFar();
                Optional<TarEntry> entry = reader.next();
                if (entry.isEmpty()) {
                    break;
                }
                if (entry.get().name().startsWith(trees + "/")) {
                    notes.expectTree();
                    extraction.take(entry.get(), reader);
                } else {
                    notes.note(entry.get().name(), note(entry.get(), reader), digest);
                }
            }
            extraction.finish();
        }
        for (int next = in.read(); next >= 0; next = in.read()) {
            if (next != 0) {
                throw new MalformedTarException("the archive goes on after its end");
            }
        }
    }

    private static byte[] note(TarEntry entry, TarReader reader) throws IOException {
        if (entry.kind() != TarEntry.Kind.FILE || entry.size() > LARGEST_NOTE) {
            throw new MalformedTarException("the archive has an entry that does not belong into it: " + entry.name());
        }
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        byte[] buffer = new byte[8192];
        for (int read = reader.read(buffer); read >= 0; read = reader.read(buffer)) {
            content.write(buffer, 0, read);
        }
        return content.toByteArray();
    }

    /** Keeps the digest of what was read. */
    private static final class DigestedInput extends FilterInputStream {
        private final MessageDigest digest;

        private DigestedInput(InputStream in) {
            super(in);
            try {
                this.digest = MessageDigest.getInstance("SHA-256");
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException("every Java has SHA-256", e);
            }
        }

        private byte[] soFar() {
            try {
                return ((MessageDigest) digest.clone()).digest();
            } catch (CloneNotSupportedException e) {
                throw new IllegalStateException("the JDK's SHA-256 can be copied", e);
            }
        }

        @Override
        public int read() throws IOException {
            int read = in.read();
            if (read >= 0) {
                digest.update((byte) read);
            }
            return read;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            int read = in.read(bytes, offset, length);
            if (read > 0) {
                digest.update(bytes, offset, read);
            }
            return read;
        }

        @Override
        public long skip(long count) throws IOException {
            int read = read(new byte[(int) Math.min(count, 8192)]);
            return Math.max(0, read);
        }
    }
}
