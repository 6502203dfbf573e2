package dev.sandkeep.server.api;

import dev.sandkeep.server.snapshots.PackageDifference;
import dev.sandkeep.server.snapshots.SnapshotHistory;
import dev.sandkeep.spi.ImageDiff;
import io.swagger.v3.oas.annotations.media.Schema;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a later snapshot differs from an earlier one.
 *
 * @param growth bytes that all its files have more
 * @param entries the first paths that were found; fewer than the totals say when {@code truncated}
 * @param largestDirectories with the most added and changed bytes
 * @param packages Debian packages, by name
 */
@Schema(name = "SnapshotDiff")
record SnapshotDiffView(
        String before,
        String after,
        Total added,
        Total changed,
        Total removed,
        long growth,
        List<Entry> entries,
        boolean truncated,
        List<SnapshotDetailView.Directory> largestDirectories,
        List<PackageView> packages) {
    /** A sum of paths, and of the content of the files among them. */
    @Schema(name = "DiffTotal")
    record Total(long paths, long bytes) {
        static Total of(ImageDiff.Total total) {
            return new Total(total.paths(), total.bytes());
        }
    }

    /**
     * One path.
     *
     * @param change one of added, changed, removed
     * @param kind what is there, or was
     * @param sizeBefore bytes; null when it was added
     * @param sizeAfter bytes; null when it was removed
     */
    @Schema(name = "DiffEntry")
    record Entry(
            String path,
            String change,
            String kind,
            @Nullable Long sizeBefore,
            @Nullable Long sizeAfter) {
        static Entry of(ImageDiff.Entry entry) {
            ImageDiff.Side side = entry.after().or(entry::before).orElseThrow();
            return new Entry(
                    entry.path().toString(),
                    kindOfChange(entry.before().isPresent(), entry.after().isPresent()),
                    side.kind().name().toLowerCase(java.util.Locale.ROOT),
                    entry.before().map(ImageDiff.Side::size).orElse(null),
                    entry.after().map(ImageDiff.Side::size).orElse(null));
        }
    }

    /**
     * A Debian package.
     *
     * @param change one of added, changed, removed
     */
    @Schema(name = "DiffPackage")
    record PackageView(
            String name,
            String change,
            @Nullable String before,
            @Nullable String after) {
        static PackageView of(PackageDifference.PackageChange change) {
            return new PackageView(
                    change.name(),
                    kindOfChange(change.before().isPresent(), change.after().isPresent()),
                    change.before().orElse(null),
                    change.after().orElse(null));
        }
    }

    private static String kindOfChange(boolean before, boolean after) {
        return before && after ? "changed" : after ? "added" : "removed";
    }

    static SnapshotDiffView of(SnapshotHistory.Difference difference) {
        ImageDiff files = difference.files();
        return new SnapshotDiffView(
                difference.before().id(),
                difference.after().id(),
                Total.of(files.added()),
                Total.of(files.changed()),
                Total.of(files.removed()),
                files.growth(),
                files.entries().stream().map(Entry::of).toList(),
                files.truncated(),
                files.largest().stream().map(SnapshotDetailView.Directory::of).toList(),
                difference.packages().changes().stream().map(PackageView::of).toList());
    }
}
