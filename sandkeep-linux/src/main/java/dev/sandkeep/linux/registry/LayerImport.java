package dev.sandkeep.linux.registry;

import dev.sandkeep.linux.files.HostFailure;
import dev.sandkeep.linux.images.Images;
import dev.sandkeep.linux.layers.Layer;
import dev.sandkeep.linux.layers.LayerStore;
import dev.sandkeep.linux.tar.Compression;
import dev.sandkeep.linux.tar.Notices;
import dev.sandkeep.linux.tar.TarExtraction;
import dev.sandkeep.spi.ImageId;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** Makes a layer of an archive that is read from somewhere, if it proves to be the one that was asked for. */
final class LayerImport {
    private final LayerStore layers;

    LayerImport(LayerStore layers) {
        this.layers = layers;
    }

    /**
     * What is asked for.
     *
     * @param id of the layer to make
     * @param below the layers that it will lie on, topmost first
     * @param digest of the stream as it comes
     * @param content digest of the archive in the stream; empty when any is right
     * @param removals whether names with {@code .wh.} mean removed files
     * @param what it is, for messages
     */
    record Order(
            ImageId id, List<Layer> below, String digest, Optional<String> content, boolean removals, String what) {}

    /** Reads {@code stream} to its end, and closes it. */
    Layer run(Order order, InputStream stream, Consumer<String> progress)
            throws UnavailableImageException, IOException {
        Path prepared = layers.prepare();
        boolean committed = false;
        try (DigestedStream download = new DigestedStream(stream)) {
            Notices notices = new Notices();
            TarExtraction.Summary summary = unpack(order, download, LayerStore.files(prepared), notices);
            Layer layer = layers.commitPrepared(
                    order.id(),
                    order.below().stream().findFirst().map(Layer::id),
                    prepared,
                    order.content().orElse(order.digest()));
            committed = true;
            progress.accept("  " + summary.files() + " files, " + mebibytes(summary.bytes()) + " unpacked from "
                    + mebibytes(download.bytes()));
            notices.lines().forEach(line -> progress.accept("  " + line));
            return layer;
        } finally {
            if (!committed) {
                layers.discard(prepared);
            }
        }
    }

    private static TarExtraction.Summary unpack(Order order, DigestedStream download, Path target, Notices notices)
            throws UnavailableImageException, IOException {
        Optional<TarExtraction.Summary> summary = Optional.empty();
        Optional<String> content = Optional.empty();
        String trouble = "";
        try (DigestedStream archive = new DigestedStream(Compression.undo(new Unclosed(download)))) {
            TarExtraction.Lower lower = (path, directory) ->
                    !order.below().isEmpty() && Images.copyDirectoryAttributes(order.below(), path, directory);
            summary = Optional.of(TarExtraction.unpack(archive, target, lower, order.removals(), notices));
            content = Optional.of(archive.digest());
        } catch (IOException e) {
            if (HostFailure.isFull(e)) {
                throw e;
            }
            trouble = HostFailure.words(e);
        }
        // Only what is the right stream tells something about the image.
        String digest = download.digest();
        if (!digest.equals(order.digest())) {
            throw UnavailableImageException.forNow(order.what() + " is not what was asked for: expected "
                    + order.digest() + ", got " + digest + (trouble.isEmpty() ? "" : " (" + trouble + ")"));
        }
        if (summary.isEmpty()) {
            throw UnavailableImageException.forGood(order.what() + " cannot be unpacked: " + trouble);
        }
        if (order.content().isPresent() && !order.content().equals(content)) {
            throw UnavailableImageException.forGood(
                    order.what()
                            + " holds an archive with another digest than the image's configuration says: build the image anew");
        }
        return summary.get();
    }

    /** Leaves open what it reads from, which is read to its end after the archive in it. */
    private static final class Unclosed extends FilterInputStream {
        private Unclosed(InputStream in) {
            super(in);
        }

        @Override
        public void close() {
            // Whoever opened the stream closes it.
        }
    }

    static String mebibytes(long bytes) {
        return "%.1f MiB".formatted(bytes / 1048576.0);
    }
}
