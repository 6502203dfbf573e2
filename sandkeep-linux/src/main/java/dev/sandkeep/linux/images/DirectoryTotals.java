package dev.sandkeep.linux.images;

import dev.sandkeep.spi.DirectorySize;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Adds up files by the directories that they are in. Directories deeper than {@value #DEEPEST} are counted in the one that holds them
 * at that depth, and when a tree has more directories than are kept, in the nearest one that is.
 */
public final class DirectoryTotals {
    private static final int DEEPEST = 8;
    private static final int KEPT = 100_000;
    /** A directory that has this share of another one says what that one would say. */
    private static final double NEARLY_ALL = 0.9;

    private final Map<ByteBuffer, Total> totals = new HashMap<>();
    private byte[] last = new byte[0];
    private List<Total> lastTotals = List.of();

    private static final class Total {
        private final byte[] path;
        private long bytes;
        private long files;
        private long largestChild;

        private Total(byte[] path) {
            this.path = path;
        }
    }

    /** @param parent path below the top of the directory that holds the file */
    public void add(byte[] parent, long bytes) {
        if (lastTotals.isEmpty() || !Arrays.equals(parent, last)) {
            last = parent;
            lastTotals = above(parent);
        }
        for (Total total : lastTotals) {
            total.bytes += bytes;
            total.files++;
        }
    }

    private List<Total> above(byte[] parent) {
        List<Total> found = new ArrayList<>();
        int depth = 0;
        for (int end = 0; end <= parent.length && depth <= DEEPEST; end++) {
            boolean boundary = end == 0 || end == parent.length || parent[end] == '/';
            if (boundary) {
                depth++;
                Total total = total(Arrays.copyOf(parent, end));
                if (total == null) {
                    break;
                }
                if (found.isEmpty() || found.getLast() != total) {
                    found.add(total);
                }
            }
        }
        return found;
    }

    private @Nullable Total total(byte[] path) {
        Total known = totals.get(ByteBuffer.wrap(path));
        if (known != null || totals.size() >= KEPT) {
            return known;
        }
        Total made = new Total(path);
        totals.put(ByteBuffer.wrap(path), made);
        return made;
    }

    /** The directories with the most bytes, largest first, without those of which nearly all is in one of their own. */
    public List<DirectorySize> largest(int count) {
        for (Total total : totals.values()) {
            Total parent = parent(total);
            if (parent != null) {
                parent.largestChild = Math.max(parent.largestChild, total.bytes);
            }
        }
        return totals.values().stream()
                .filter(total -> total.bytes > 0 && total.largestChild < NEARLY_ALL * total.bytes)
                .sorted(Comparator.<Total>comparingLong(total -> total.bytes)
                        .reversed()
                        .thenComparing(total -> total.path, Arrays::compareUnsigned))
                .limit(count)
                .map(total -> new DirectorySize(PathBelow.of(total.path), total.bytes, total.files))
                .toList();
    }

    private @Nullable Total parent(Total total) {
        if (total.path.length == 0) {
            return null;
        }
        int slash = total.path.length - 1;
        while (slash > 0 && total.path[slash] != '/') {
            slash--;
        }
        return totals.get(ByteBuffer.wrap(Arrays.copyOf(total.path, slash)));
    }
}
