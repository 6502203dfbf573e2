package dev.sandkeep.linux.volumes;

import dev.sandkeep.linux.files.JsonFile;
import dev.sandkeep.linux.files.JsonFile.Durability;
import dev.sandkeep.linux.kernel.Directory;
import dev.sandkeep.linux.tar.MalformedTarException;
import dev.sandkeep.linux.tar.TreeReader;
import dev.sandkeep.linux.tar.TreeWriter;
import dev.sandkeep.linux.volumes.CheckpointManifest.Content;
import dev.sandkeep.linux.volumes.CheckpointManifest.PathContent;
import dev.sandkeep.linux.volumes.PublishedVolume.Pack;
import dev.sandkeep.spi.IdRange;
import dev.sandkeep.spi.VolumeDamage.Code;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
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
 * The files that one checkpoint holds itself, as one archive in a file: the form of an export, for a file system that can keep neither
 * owners nor attributes.
 *
 * <pre>
 *  checkpoint.json                 the manifest
 *  export.json                     what an import was told, where it was one
 *  layers/&lt;index&gt;/&lt;layer&gt;/…        the layers of each path, under their names in the checkpoint, by ids of the sandbox
 * </pre>
 */
final class LayerPack {
    private static final int BUFFER = 1 << 16;

    private LayerPack() {}

    /** Whether a checkpoint holds files itself. */
    static boolean needed(CheckpointManifest manifest) {
        return manifest.paths().stream().anyMatch(path -> path.content() != Content.UNCHANGED);
    }

    /**
     * Writes the pack {@code file}, which appears when it is on disk and was read back whole.
     *
     * @param checkpoint the directory with the files
     */
    static Pack write(Path file, String key, CheckpointManifest manifest, Path checkpoint) throws IOException {
        Path beside = file.resolveSibling(file.getFileName() + ".part");
        MessageDigest digest = sha256();
        try (OutputStream out = new DigestOutputStream(Files.newOutputStream(beside), digest);
                OutputStream buffered = new BufferedOutputStream(out, BUFFER)) {
            TreeWriter writer = new TreeWriter(buffered);
            writer.note(VolumeDirectory.MANIFEST, ExportNotes.bytes(manifest));
            Path labels = checkpoint.resolve(Import.LABELS);
            if (Files.exists(labels)) {
                writer.note(Import.LABELS, Files.readAllBytes(labels));
            }
            for (int index = 0; index < manifest.paths().size(); index++) {
                PathContent content = manifest.paths().get(index);
                for (Path layer : VolumeDirectory.layers(checkpoint, index, content.content())) {
                    writer.tree(
                            layer,
                            ExportNotes.TREES + "/" + index + "/" + layer.getFileName(),
                            new IdRange(content.owner()));
                }
            }
            writer.end();
        }
        JsonFile.sync(beside);
        Pack pack = new Pack(key, Files.size(beside), HexFormat.of().formatHex(digest.digest()));
        if (!digestOf(beside).equals(pack.sha256())) {
            throw new IOException(beside + " does not hold what was written into it");
        }
        Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        JsonFile.sync(file.resolveSibling("."));
        return pack;
    }

    /** @throws DamagedVolumeException when the file is not there, or has another length */
    static void requireThere(Path file, Pack pack) throws IOException {
        long bytes;
        try {
            bytes = Files.size(file);
        } catch (NoSuchFileException e) {
            throw new DamagedVolumeException(Code.CHECKPOINT_MISSING, file + " is not there");
        }
        if (bytes != pack.bytes()) {
            throw changed(file, "has " + bytes + " bytes instead of " + pack.bytes());
        }
    }

    /**
     * Makes the checkpoint of its pack again, on disk.
     *
     * @param target an empty directory
     * @throws DamagedVolumeException when the pack is not what was written
     */
    static void unpack(Path file, Pack pack, CheckpointManifest manifest, Path target) throws IOException {
        requireThere(file, pack);
        MessageDigest digest = sha256();
        Path scratch = Files.createDirectory(target.resolve("unpacked"));
        try (InputStream in =
                new DigestInputStream(new BufferedInputStream(Files.newInputStream(file), BUFFER), digest)) {
            TreeReader.read(in, scratch, ExportNotes.TREES, new TreeReader.Notes() {
                @Override
                public void note(String name, byte[] content, byte[] before) throws IOException {
                    if (name.equals(Import.LABELS)) {
                        Files.write(target.resolve(Import.LABELS), content);
                    }
                }

                @Override
                public void expectTree() {
                    // Anywhere: the digest of the whole says whether it belongs.
                }
            });
        } catch (MalformedTarException e) {
            throw changed(file, "cannot be read: " + e.getMessage());
        }
        if (!HexFormat.of().formatHex(digest.digest()).equals(pack.sha256())) {
            throw changed(file, "is not what was written");
        }
        try (DirectoryStream<Path> places = Files.newDirectoryStream(scratch.resolve(ExportNotes.TREES))) {
            for (Path place : places) {
                Files.move(place, target.resolve(place.getFileName().toString()));
            }
        }
        Files.delete(scratch.resolve(ExportNotes.TREES));
        Files.delete(scratch);
        try (Directory written = Directory.open(target)) {
            written.syncFileSystem();
        }
        JsonFile.write(target.resolve(VolumeDirectory.MANIFEST), unpacked(manifest, target), Durability.POWER);
    }

    /** The manifest of the files as they are now: in the ids of the sandbox, with times of their own for marks. */
    private static CheckpointManifest unpacked(CheckpointManifest manifest, Path target) {
        List<PathContent> paths = new ArrayList<>();
        for (int index = 0; index < manifest.paths().size(); index++) {
            PathContent path = manifest.paths().get(index);
            paths.add(
                    path.content() == Content.UNCHANGED
                            ? path
                            : new PathContent(
                                    path.path(),
                                    path.content(),
                                    IdRange.HOST.first(),
                                    LayerFingerprint.of(VolumeDirectory.layers(target, index, path.content())),
                                    path.chain()));
        }
        return manifest.with(paths);
    }

    private static DamagedVolumeException changed(Path file, String how) {
        return new DamagedVolumeException(Code.CHECKPOINT_CHANGED, file + " " + how);
    }

    private static String digestOf(Path file) throws IOException {
        MessageDigest digest = sha256();
        try (InputStream in = new DigestInputStream(Files.newInputStream(file), digest)) {
            byte[] buffer = new byte[BUFFER];
            while (in.read(buffer) >= 0) {
                // The digest sees it.
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
