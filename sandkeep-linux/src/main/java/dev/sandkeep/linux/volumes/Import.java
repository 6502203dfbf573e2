package dev.sandkeep.linux.volumes;

import static dev.sandkeep.linux.kernel.Directory.bytes;

import dev.sandkeep.linux.files.JsonFile;
import dev.sandkeep.linux.files.JsonFile.Durability;
import dev.sandkeep.linux.kernel.Directory;
import dev.sandkeep.linux.kernel.FileStatus;
import dev.sandkeep.linux.kernel.KernelException;
import dev.sandkeep.linux.tar.MalformedTarException;
import dev.sandkeep.linux.tar.TreeReader;
import dev.sandkeep.linux.volumes.CheckpointManifest.Content;
import dev.sandkeep.linux.volumes.CheckpointManifest.PathContent;
import dev.sandkeep.spi.Checkpoint;
import dev.sandkeep.spi.CheckpointId;
import dev.sandkeep.spi.ExportKeys;
import dev.sandkeep.spi.IdRange;
import dev.sandkeep.spi.ImportOutcome;
import dev.sandkeep.spi.ImportOutcome.Code;
import dev.sandkeep.spi.VolumeSpec;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PushbackInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Makes a volume of a stream that {@link Export} wrote. Everything is unpacked aside first and believed only at its end. */
final class Import {
    private final VolumeStore store;
    private final VolumeSpec spec;
    private final CheckpointId first;
    private final InstantSource clock;
    private final Step.Listener listener;

    private ExportNotes.@Nullable Head head;
    private boolean ended;

    Import(VolumeStore store, VolumeSpec spec, CheckpointId first, InstantSource clock, Step.Listener listener) {
        this.store = store;
        this.spec = spec;
        this.first = first;
        this.clock = clock;
        this.listener = listener;
    }

    ImportOutcome from(InputStream source, ExportKeys keys) throws IOException {
        Path scratch = store.scratch();
        try {
            ExportNotes.Head read = unpacked(opened(source, keys), scratch);
            return make(read, scratch);
        } catch (SealedStream.RefusedException e) {
            return e.refusal();
        } finally {
            store.trash().discard(scratch);
        }
    }

    private static InputStream opened(InputStream source, ExportKeys keys) throws IOException {
        PushbackInputStream stream = new PushbackInputStream(
                new BufferedInputStream(StreamFailedException.watched(source), 1 << 16), SealedStream.beginning());
        byte[] start = stream.readNBytes(SealedStream.beginning());
        stream.unread(start);
        if (!SealedStream.begins(start)) {
            return stream;
        }
        return new BufferedInputStream(SealedStream.open(stream, keys), 1 << 16);
    }

    private ExportNotes.Head unpacked(InputStream archive, Path scratch) throws IOException {
        try {
            TreeReader.read(archive, scratch, ExportNotes.TREES, new Notes());
        } catch (MalformedTarException e) {
            Code code = head == null ? Code.NOT_AN_EXPORT : Code.CHANGED;
            throw new SealedStream.RefusedException(
                    e.isCutOff() && head != null ? Code.CUT_OFF : code, String.valueOf(e.getMessage()));
        }
        ExportNotes.Head read = head;
        if (read == null) {
            throw new SealedStream.RefusedException(Code.NOT_AN_EXPORT, "the stream is empty");
        }
        if (!ended) {
            throw new SealedStream.RefusedException(Code.CUT_OFF, "the stream ends before its last entry");
        }
        return read;
    }

    /** Reads what the stream says of itself, in its one right order. */
    private final class Notes implements TreeReader.Notes {
        @Override
        public void note(String name, byte[] content, byte[] digest) throws IOException {
            if (head == null && name.equals(ExportNotes.HEAD)) {
                head = accepted(ExportNotes.read(content, ExportNotes.Head.class));
            } else if (head != null && !ended && name.equals(ExportNotes.END)) {
                ended = true;
                String said = ExportNotes.read(content, ExportNotes.End.class).sha256();
                if (!HexFormat.of().formatHex(digest).equals(said)) {
                    throw new SealedStream.RefusedException(Code.CHANGED, "the stream is not what was exported");
                }
            } else {
                throw misplaced(name);
            }
        }

        @Override
        public void expectTree() throws IOException {
            if (head == null || ended) {
                throw misplaced(ExportNotes.TREES);
            }
        }
    }

    private SealedStream.RefusedException misplaced(String name) {
        return head == null
                ? new SealedStream.RefusedException(
                        Code.NOT_AN_EXPORT, "the stream is an archive, but no export of Sandkeep")
                : new SealedStream.RefusedException(
                        Code.CHANGED, "the stream has '" + name + "' where nothing like it belongs");
    }

    private ExportNotes.Head accepted(ExportNotes.Head read) throws SealedStream.RefusedException {
        if (read.format() > ExportNotes.FORMAT) {
            throw new SealedStream.RefusedException(
                    Code.NEWER_FORMAT, "a newer version wrote the stream, in format " + read.format());
        }
        if (!read.places().equals(spec.places())) {
            throw new SealedStream.RefusedException(
                    Code.OTHER_PATHS, "the stream holds " + read.places() + " instead of " + spec.places());
        }
        boolean layersFit = read.layers().size() == read.places().size()
                && read.layers().stream().allMatch(count -> count >= 0 && count <= 2 * Detachment.LONGEST_CHAIN);
        if (!layersFit) {
            throw new SealedStream.RefusedException(Code.CHANGED, "what the stream says of its layers does not fit");
        }
        return read;
    }

    private ImportOutcome make(ExportNotes.Head read, Path scratch) throws IOException {
        CheckpointManifest[] made = new CheckpointManifest[1];
        boolean appeared = store.make(
                spec,
                VolumeState.beginning(first.value()),
                listener,
                new VolumeStore.Making(Step.IMPORT_PREPARED, Step.IMPORT_RENAMED, parts -> {
                    Path checkpoint = Files.createDirectory(parts.checkpoint(first.value()));
                    place(read, scratch, checkpoint);
                    requireFits(checkpoint);
                    made[0] = manifest(read, checkpoint);
                    try (Directory written = Directory.open(checkpoint)) {
                        written.syncFileSystem();
                    }
                    JsonFile.write(checkpoint.resolve(VolumeDirectory.MANIFEST), made[0], Durability.POWER);
                    JsonFile.write(checkpoint.resolve(LABELS), read, Durability.POWER);
                }));
        return appeared
                ? new ImportOutcome.Imported(made[0].checkpoint(), read.labels(), false)
                : new ImportOutcome.Conflict("volume " + spec.id() + " appeared meanwhile");
    }

    /** Where an imported checkpoint keeps what the stream said of itself. */
    static final String LABELS = "export.json";

    /** Moves the unpacked layers to where the checkpoint has them; names on the way are the stream's and may be anything. */
    private static void place(ExportNotes.Head read, Path scratch, Path checkpoint) throws IOException {
        for (int index = 0; index < read.layers().size(); index++) {
            Path place = Files.createDirectory(checkpoint.resolve(Integer.toString(index)));
            int layers = read.layers().get(index);
            if (layers == 0) {
                continue;
            }
            try (Directory from = Directory.open(scratch);
                    Directory layersOf = from.openBeneath(ExportNotes.TREES + "/" + index);
                    Directory to = Directory.open(place)) {
                for (int layer = 0; layer < layers; layer++) {
                    byte[] name = bytes(Integer.toString(layer));
                    if (layersOf.status(name).filter(FileStatus::isDirectory).isEmpty()) {
                        throw new SealedStream.RefusedException(Code.CHANGED, "the stream lacks one of its layers");
                    }
                    layersOf.rename(name, to, bytes(VolumeDirectory.STACKED + layer));
                }
            } catch (KernelException e) {
                SealedStream.RefusedException refused =
                        new SealedStream.RefusedException(Code.CHANGED, "the stream lacks one of its layers");
                refused.addSuppressed(e);
                throw refused;
            }
        }
    }

    private void requireFits(Path checkpoint) throws SealedStream.RefusedException {
        for (int index = 0; index < spec.paths().size(); index++) {
            long max = spec.paths().get(index).maxBytes().orElse(Long.MAX_VALUE);
            StoredSize size = new StoredSize();
            size.add(checkpoint.resolve(Integer.toString(index)));
            if (size.bytes() > max) {
                throw new SealedStream.RefusedException(
                        Code.TOO_LARGE,
                        "the stream holds " + size.bytes() + " bytes of "
                                + spec.paths().get(index).path() + ", which may take " + max);
            }
        }
    }

    private CheckpointManifest manifest(ExportNotes.Head read, Path checkpoint) {
        List<PathContent> paths = new ArrayList<>();
        for (int index = 0; index < read.places().size(); index++) {
            String path = read.places().get(index);
            paths.add(
                    read.layers().get(index) == 0
                            ? PathContent.unchanged(path, List.of())
                            : new PathContent(
                                    path,
                                    Content.STACK,
                                    IdRange.HOST.first(),
                                    LayerFingerprint.of(VolumeDirectory.layers(checkpoint, index, Content.STACK)),
                                    List.of(first.value())));
        }
        return new CheckpointManifest(
                first.value(),
                spec.id().value(),
                0,
                1,
                null,
                CheckpointManifest.time(clock.instant()),
                Checkpoint.Kind.IMPORTED.name(),
                null,
                paths);
    }
}
