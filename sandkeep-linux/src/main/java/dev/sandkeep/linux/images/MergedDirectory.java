package dev.sandkeep.linux.images;

import dev.sandkeep.linux.kernel.Directory;
import dev.sandkeep.linux.kernel.FileStatus;
import dev.sandkeep.linux.layers.Layer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** A directory of an image as overlayfs would merge it, open in each layer that shows through there. */
final class MergedDirectory implements AutoCloseable {
    private final List<Held> held = new ArrayList<>();

    private MergedDirectory() {}

    /**
     * The directory in one layer.
     *
     * @param layer its index in the chain
     */
    record Held(int layer, Directory directory) {}

    /**
     * What a name stands for in the image.
     *
     * @param layer that provides it
     * @param directory which has the name there
     * @param through for a directory, the layers that show through in it, topmost first
     */
    record Found(int layer, Directory directory, FileStatus status, List<Integer> through) {}

    /** All layers of a chain: those that show through at its top. */
    static List<Integer> all(List<Layer> chain) {
        return IntStream.range(0, chain.size()).boxed().toList();
    }

    /**
     * Opens a directory.
     *
     * @param chain of the image, topmost first
     * @param through the layers that show through there
     * @param path below the top
     */
    static MergedDirectory open(List<Layer> chain, List<Integer> through, byte[] path) {
        MergedDirectory merged = new MergedDirectory();
        try {
            for (int layer : through) {
                try (Directory top = Directory.open(chain.get(layer).diff())) {
                    merged.held.add(new Held(layer, top.openBeneath(path)));
                }
            }
            return merged;
        } catch (RuntimeException e) {
            merged.close();
            throw e;
        }
    }

    /** In which layers it is open, topmost first. */
    List<Held> held() {
        return held;
    }

    /** What stands under {@code name}; empty when nothing does, or when it was removed. */
    Optional<Found> find(byte[] name) {
        for (int index = 0; index < held.size(); index++) {
            Held holder = held.get(index);
            Optional<FileStatus> status = holder.directory().status(name);
            if (status.isPresent()) {
                return status.get().isWhiteout()
                        ? Optional.empty()
                        : Optional.of(new Found(
                                holder.layer(), holder.directory(), status.get(), through(status.get(), index, name)));
            }
        }
        return Optional.empty();
    }

    private List<Integer> through(FileStatus first, int topmost, byte[] name) {
        List<Integer> through = new ArrayList<>();
        Optional<FileStatus> status = Optional.of(first);
        for (int index = topmost; index < held.size(); index++) {
            Held holder = held.get(index);
            if (index > topmost) {
                status = holder.directory().status(name);
            }
            if (status.isEmpty()) {
                continue;
            }
            if (!status.get().isDirectory()) {
                break;
            }
            through.add(holder.layer());
            try (Directory directory = holder.directory().open(name)) {
                if (directory.isOpaque()) {
                    break;
                }
            }
        }
        return through;
    }

    @Override
    public void close() {
        held.forEach(holder -> holder.directory().close());
    }
}
