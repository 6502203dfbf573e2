package dev.sandkeep.linux.volumes;

import dev.sandkeep.linux.tar.TreeWriter;
import dev.sandkeep.spi.ExportKey;
import dev.sandkeep.spi.VolumeMount.Committed;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * Writes one checkpoint as a stream. Its layers are referred to as long as that takes, like those of a fork, so that the volume can
 * be used, and even deleted, meanwhile.
 */
final class Export {
    private final VolumeParts parts;
    private final CheckpointManifest checkpoint;
    private final Set<String> holders;
    private final String user = SharedLayers.export(UUID.randomUUID().toString());
    private final List<String> keys;
    private final List<List<Committed>> chains;

    /** Refers to the layers of {@code checkpoint}, whose volume's lock is held. {@link #release} must follow. */
    Export(VolumeParts parts, CheckpointManifest checkpoint) throws IOException {
        this.parts = parts;
        this.checkpoint = checkpoint;
        this.holders = checkpoint.layers();
        this.keys = parts.shared().refer(parts.directory(), holders, user);
        try {
            this.chains = sharedChains();
        } catch (IOException | RuntimeException e) {
            try {
                release();
            } catch (IOException | RuntimeException left) {
                e.addSuppressed(left);
            }
            throw e;
        }
    }

    private List<List<Committed>> sharedChains() throws IOException {
        parts.shared().share(parts.directory(), holders);
        parts.shared().flush(parts.directory());
        return parts.history().chains(checkpoint).stream()
                .map(chain -> chain.stream().map(Export::inShared).toList())
                .toList();
    }

    /** The place of a layer that stays when the volume goes. */
    private static Committed inShared(Committed layer) {
        try {
            return new Committed(layer.directory().toRealPath(), layer.owner());
        } catch (IOException e) {
            throw new UncheckedIOException(layer.directory() + " is not there", e);
        }
    }

    void release() throws IOException {
        parts.shared().dropAll(keys, user);
    }

    /**
     * Writes the stream, without the volume's lock.
     *
     * @return how many bytes were written to {@code target}
     */
    long write(Optional<ExportKey> key, Map<String, String> labels, OutputStream target) throws IOException {
        StreamFailedException.Counted counted = new StreamFailedException.Counted(target);
        if (key.isPresent()) {
            OutputStream sealing = SealedStream.seal(counted, key.get());
            writeArchive(labels, sealing);
            // Closed only when all went well: the last chunk says that the stream is whole.
            sealing.close();
        } else {
            writeArchive(labels, counted);
        }
        counted.flush();
        return counted.count();
    }

    private void writeArchive(Map<String, String> labels, OutputStream target) throws IOException {
        DigestOutputStream digested = digested(new BufferedOutputStream(target, 1 << 16));
        TreeWriter writer = new TreeWriter(digested);
        List<Integer> layers = new ArrayList<>();
        chains.forEach(chain -> layers.add(chain.size()));
        writer.note(
                ExportNotes.HEAD,
                ExportNotes.bytes(new ExportNotes.Head(
                        ExportNotes.FORMAT,
                        parts.marker().id(),
                        parts.marker().sandbox(),
                        checkpoint.id(),
                        checkpoint.at(),
                        parts.marker().paths(),
                        layers,
                        labels)));
        for (int index = 0; index < chains.size(); index++) {
            for (int layer = 0; layer < chains.get(index).size(); layer++) {
                Committed committed = chains.get(index).get(layer);
                writer.tree(committed.directory(), ExportNotes.TREES + "/" + index + "/" + layer, committed.owner());
            }
        }
        writer.note(
                ExportNotes.END,
                ExportNotes.bytes(new ExportNotes.End(
                        HexFormat.of().formatHex(digested.getMessageDigest().digest()))));
        writer.end();
    }

    private static DigestOutputStream digested(OutputStream target) {
        try {
            return new DigestOutputStream(target, MessageDigest.getInstance("SHA-256"));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
