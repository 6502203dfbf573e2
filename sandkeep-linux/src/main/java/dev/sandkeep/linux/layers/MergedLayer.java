package dev.sandkeep.linux.layers;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.sandkeep.linux.kernel.Directory;
import dev.sandkeep.linux.kernel.Directory.Entry;
import dev.sandkeep.linux.kernel.EntryCopy;
import dev.sandkeep.linux.kernel.FileStatus;
import dev.sandkeep.spi.IdRange;
import dev.sandkeep.spi.VolumeMount.Committed;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Copies a chain of layers into one that shows the same: what overlayfs would merge, and besides it the marks that hide files of what
 * lies below (removed names, opaque directories).
 *
 * <p>Files come out with everything that they had; names that are one file in a layer are one file in the copy. The tree may be
 * as deep as it likes: nothing here recurses, and at most one descriptor for each layer is open.
 */
public final class MergedLayer {
    private static final String OPAQUE = "trusted.overlay.opaque";

    private final List<Path> layers;
    private final List<EntryCopy> copies;
    private final Below below;
    private final Map<FileKey, Place> linked = new HashMap<>();
    private final Deque<Work> ahead = new ArrayDeque<>();

    private MergedLayer(List<Committed> chain, IdRange range, Below below) {
        this.below = below;
        this.layers = chain.stream().map(Committed::directory).toList();
        this.copies = chain.stream()
                .map(layer -> new EntryCopy(id -> moved(id, layer.owner(), range)))
                .toList();
    }

    /** What lies below the copy. */
    public interface Below {
        /**
         * Whether a mark is needed to hide {@code name}. Overlayfs shows a mark as a file where a directory exists in one layer only,
         * since it merges nothing there: so marks must stand only where a layer below has the directory.
         *
         * @param directory path below the top, in ISO 8859-1, so that every byte is one character
         */
        boolean needsMark(String directory, byte[] name);
    }

    /**
     * Fills {@code target}, an empty directory.
     *
     * @param chain newest first
     * @param range in whose ids the copy is stored
     * @throws IllegalStateException when a layer is not in the form that {@link dev.sandkeep.spi.VolumeMount} asks for
     */
    public static void copy(List<Committed> chain, IdRange range, Path target, Below below) {
        MergedLayer merge = new MergedLayer(chain, range, below);
        List<Integer> all = new ArrayList<>();
        for (int layer = 0; layer < chain.size(); layer++) {
            all.add(layer);
        }
        merge.ahead.push(new Work("", all, false, false));
        try (Directory root = Directory.open(target)) {
            while (!merge.ahead.isEmpty()) {
                merge.copyDirectory(merge.ahead.pop(), root);
            }
        }
    }

    private static long moved(long id, IdRange from, IdRange to) {
        long inside = id - from.first();
        if (inside < 0 || inside >= IdRange.SIZE) {
            throw new IllegalStateException("a file belongs to " + id + ", which is no id of its sandbox");
        }
        return to.first() + inside;
    }

    /**
     * A directory to be copied.
     *
     * @param path below the top, in ISO 8859-1, so that every byte is one character
     * @param layers that have it and show through, newest first
     * @param opaque whether it hides what the image has there
     * @param hidden whether a directory above it hides that already
     */
    private record Work(String path, List<Integer> layers, boolean opaque, boolean hidden) {
        boolean overImage() {
            return !opaque && !hidden;
        }
    }

    /** One file in one layer. */
    private record FileKey(int layer, long inode) {}

    /** A name in the copy. */
    private record Place(String directory, String name) {}

    private void copyDirectory(Work work, Directory root) {
        List<Directory> sources = new ArrayList<>();
        try (Directory target = root.openBeneath(work.path().getBytes(ISO_8859_1))) {
            for (int layer : work.layers()) {
                sources.add(open(layer, work.path()));
            }
            for (Map.Entry<String, List<Integer>> name : names(sources).entrySet()) {
                copyEntry(work, name.getKey(), name.getValue(), sources, root, target);
            }
            if (work.opaque() && !work.hidden()) {
                target.attribute(OPAQUE, new byte[] {'y'});
            }
            // Last, because every new name changes the time.
            copies.get(work.layers().getFirst()).copyDirectoryAttributes(sources.getFirst(), target);
        } finally {
            sources.forEach(Directory::close);
        }
    }

    private Directory open(int layer, String path) {
        try (Directory top = Directory.open(layers.get(layer))) {
            return top.openBeneath(path.getBytes(ISO_8859_1));
        }
    }

    /** For each name, the sources that have it, newest first. */
    private static Map<String, List<Integer>> names(List<Directory> sources) {
        Map<String, List<Integer>> names = new LinkedHashMap<>();
        for (int source = 0; source < sources.size(); source++) {
            for (Entry entry : sources.get(source).entries()) {
                names.computeIfAbsent(new String(entry.name(), ISO_8859_1), any -> new ArrayList<>())
                        .add(source);
            }
        }
        return names;
    }

    private void copyEntry(
            Work work, String text, List<Integer> holders, List<Directory> sources, Directory root, Directory target) {
        byte[] name = text.getBytes(ISO_8859_1);
        Directory newest = sources.get(holders.getFirst());
        FileStatus status = newest.status(name).orElseThrow();
        if (status.isWhiteout()) {
            if (work.overImage() && below.needsMark(work.path(), name)) {
                EntryCopy.makeWhiteout(target, name);
            }
        } else if (status.isDirectory()) {
            target.makeDirectory(name, 0700);
            ahead.push(below(work, text, holders, sources));
        } else {
            copyFile(work, text, holders.getFirst(), newest, status, root, target);
        }
    }

    /** The directory {@code name} of {@code work}: the layers that show through, and whether they hide the image. */
    private static Work below(Work work, String name, List<Integer> holders, List<Directory> sources) {
        List<Integer> through = new ArrayList<>();
        boolean opaque = false;
        for (int holder : holders) {
            Directory source = sources.get(holder);
            byte[] bytes = name.getBytes(ISO_8859_1);
            Optional<FileStatus> status = source.status(bytes);
            if (status.filter(FileStatus::isDirectory).isEmpty()) {
                // A file or a removal in an older layer: overlayfs shows nothing that is below it.
                opaque = true;
                break;
            }
            through.add(work.layers().get(holder));
            try (Directory directory = source.open(bytes)) {
                opaque = directory.isOpaque();
            }
            if (opaque) {
                break;
            }
        }
        String path = work.path().isEmpty() ? name : work.path() + "/" + name;
        return new Work(path, through, opaque, !work.overImage());
    }

    private void copyFile(
            Work work, String text, int holder, Directory source, FileStatus status, Directory root, Directory target) {
        byte[] name = text.getBytes(ISO_8859_1);
        int layer = work.layers().get(holder);
        FileKey key = new FileKey(layer, status.inode());
        Place first = status.links() > 1 ? linked.get(key) : null;
        if (first != null) {
            try (Directory directory = root.openBeneath(first.directory().getBytes(ISO_8859_1))) {
                EntryCopy.link(directory, first.name().getBytes(ISO_8859_1), target, name);
            }
            return;
        }
        copies.get(layer).copy(source, name, status, target);
        if (status.links() > 1) {
            linked.put(key, new Place(work.path(), text));
        }
    }
}
