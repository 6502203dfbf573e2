package dev.sandkeep.linux.images;

import dev.sandkeep.linux.kernel.FileStatus;
import dev.sandkeep.spi.ImageDiff;
import dev.sandkeep.spi.ImageDiff.Entry;
import dev.sandkeep.spi.ImageDiff.Side;
import dev.sandkeep.spi.ImageDiff.Total;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Collects the differences of two images: sums of all, and the first so many by name. */
final class DiffTotals {
    private final int entriesAtMost;
    private final List<Entry> entries = new ArrayList<>();
    private final DirectoryTotals directories = new DirectoryTotals();
    private final Sum added = new Sum();
    private final Sum changed = new Sum();
    private final Sum removed = new Sum();
    private long growth;

    private static final class Sum {
        private long paths;
        private long bytes;

        private void add(long size) {
            paths++;
            bytes += size;
        }

        private Total total() {
            return new Total(paths, bytes);
        }
    }

    /** @param entriesAtMost how many to keep by name */
    DiffTotals(int entriesAtMost) {
        this.entriesAtMost = entriesAtMost;
    }

    void add(byte[] parent, byte[] name, Optional<FileStatus> before, Optional<FileStatus> after) {
        long sizeBefore = before.map(DiffTotals::size).orElse(0L);
        long sizeAfter = after.map(DiffTotals::size).orElse(0L);
        growth += sizeAfter - sizeBefore;
        if (after.isEmpty()) {
            removed.add(sizeBefore);
        } else {
            (before.isEmpty() ? added : changed).add(sizeAfter);
            directories.add(parent, sizeAfter);
        }
        if (entries.size() < entriesAtMost) {
            entries.add(new Entry(
                    PathBelow.of(PathBelow.joined(parent, name)),
                    before.map(DiffTotals::side),
                    after.map(DiffTotals::side)));
        }
    }

    private static long size(FileStatus status) {
        return status.type() == FileStatus.REGULAR ? status.size() : 0;
    }

    private static Side side(FileStatus status) {
        return new Side(Kinds.of(status), size(status), status.permissions());
    }

    ImageDiff result(int largest) {
        return new ImageDiff(
                added.total(), changed.total(), removed.total(), growth, entries, directories.largest(largest));
    }
}
