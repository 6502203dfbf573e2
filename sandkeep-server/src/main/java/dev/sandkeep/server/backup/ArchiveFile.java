package dev.sandkeep.server.backup;

import com.github.luben.zstd.ZstdInputStream;
import com.github.luben.zstd.ZstdOutputStream;
import dev.sandkeep.server.platform.config.StartFailure;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.DigestInputStream;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * Archives of a backup: written and read by GNU tar, which knows every kind of file, name, owner, extended attribute and access list
 * that sandboxes and overlays make; compressed and digested on the way.
 */
final class ArchiveFile {
    /** What an archive is called until it is whole. */
    static final String PART = ".part";

    private static final int BUFFER = 1 << 20;
    /** Fast: what a backup waits for is the disk. */
    private static final int LEVEL = 1;

    private static final List<String> KEEP_ALL =
            List.of("--numeric-owner", "--xattrs", "--xattrs-include=*", "--acls", "--format=posix");

    private ArchiveFile() {}

    /**
     * Writes one, and flushes it.
     *
     * @param from directory that the names are in
     * @param names files and directories there
     * @param without patterns of what is left out
     * @throws IOException when tar could not read all of it
     */
    static Manifest.Part write(Path backup, String name, Path from, List<String> names, List<String> without)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("tar", "--create", "--sparse", "--one-file-system"));
        command.addAll(KEEP_ALL);
        without.forEach(pattern -> command.add("--exclude=" + pattern));
        command.addAll(List.of("--directory=" + from, "--file=-", "--"));
        command.addAll(names);
        Path beside = backup.resolve(name + PART);
        Files.createDirectories(beside.getParent());
        MessageDigest digest = sha256();
        Process tar = new ProcessBuilder(command).start();
        tar.getOutputStream().close();
        Complaints complaints = Complaints.of(tar);
        long unpacked;
        try (OutputStream file = new DigestOutputStream(
                        new BufferedOutputStream(Files.newOutputStream(beside), BUFFER), digest);
                ZstdOutputStream packed = new ZstdOutputStream(file, LEVEL)) {
            unpacked = tar.getInputStream().transferTo(packed);
        } catch (IOException e) {
            tar.destroy();
            throw e;
        }
        complaints.expectSuccess(tar, "reading " + from);
        Manifest.flush(beside);
        Files.move(beside, backup.resolve(name), StandardCopyOption.ATOMIC_MOVE);
        return new Manifest.Part(
                name, Files.size(backup.resolve(name)), unpacked, HexFormat.of().formatHex(digest.digest()));
    }

    /**
     * Reads one through.
     *
     * @throws StartFailure when it is not what the manifest says
     */
    static void verify(Path backup, Manifest.Part part) throws IOException {
        MessageDigest digest = sha256();
        Path file = backup.resolve(part.name());
        if (Files.isRegularFile(file)) {
            try (InputStream content = new DigestInputStream(Files.newInputStream(file), digest)) {
                byte[] buffer = new byte[BUFFER];
                while (content.read(buffer) >= 0) {
                    // Only its digest is wanted.
                }
            }
        }
        if (!HexFormat.of().formatHex(digest.digest()).equals(part.sha256())) {
            throw new StartFailure(
                    file + " is missing or is not what was backed up: its digest is another.",
                    "Copy it anew from where the backup is kept, or use another backup. Nothing was changed.");
        }
    }

    /** Unpacks one into a directory, as it was. */
    static void unpack(Path backup, Manifest.Part part, Path into) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("tar", "--extract", "--same-owner", "--preserve-permissions"));
        command.addAll(KEEP_ALL);
        command.addAll(List.of("--directory=" + into, "--file=-"));
        Process tar = new ProcessBuilder(command)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        Complaints complaints = Complaints.of(tar);
        try (ZstdInputStream packed = new ZstdInputStream(Files.newInputStream(backup.resolve(part.name())));
                OutputStream input = tar.getOutputStream()) {
            packed.transferTo(input);
        } catch (IOException e) {
            complaints.expectSuccess(tar, "unpacking " + part.name());
            throw e;
        }
        complaints.expectSuccess(tar, "unpacking " + part.name());
    }

    /** What tar has to say, read beside so that it never waits for a reader. */
    private static final class Complaints {
        private final StringBuilder text = new StringBuilder();
        private final Thread reader;

        private Complaints(Process tar) {
            reader = Thread.ofVirtual().start(() -> {
                try (InputStream errors = tar.getErrorStream()) {
                    text.append(new String(errors.readNBytes(4096), StandardCharsets.UTF_8));
                    errors.transferTo(OutputStream.nullOutputStream());
                } catch (IOException ended) {
                    text.append(ended.getMessage());
                }
            });
        }

        static Complaints of(Process tar) {
            return new Complaints(tar);
        }

        void expectSuccess(Process tar, String what) throws IOException, InterruptedException {
            int exit = tar.waitFor();
            reader.join();
            if (exit != 0) {
                throw new IOException("tar failed (" + exit + ") while " + what + ": "
                        + text.toString().lines().limit(5).toList());
            }
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
