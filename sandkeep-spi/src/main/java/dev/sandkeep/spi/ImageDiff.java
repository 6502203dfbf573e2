package dev.sandkeep.spi;

import java.util.List;
import java.util.Optional;

/**
 * How the file system of one image differs from that of another, whatever layers they are made of.
 *
 * @param added what only the later image has
 * @param changed what both have and is not the same; bytes are those of the later image
 * @param removed what only the earlier image has
 * @param growth bytes that all files of the later image have more than those of the earlier one; negative when fewer
 * @param entries the first of them that were found, in no order; fewer than the totals say when there are more than asked for
 * @param largest directories with the most added and changed bytes, largest first; one that holds little besides another
 *     directory is left out in favour of that
 */
public record ImageDiff(
        Total added, Total changed, Total removed, long growth, List<Entry> entries, List<DirectorySize> largest) {
    public ImageDiff {
        entries = List.copyOf(entries);
        largest = List.copyOf(largest);
    }

    /** Whether {@code entries} leaves something out. */
    public boolean truncated() {
        return entries.size() < added.paths() + changed.paths() + removed.paths();
    }

    /**
     * A sum.
     *
     * @param paths files, directories, links and device nodes
     * @param bytes of the content of the regular files among them
     */
    public record Total(long paths, long bytes) {}

    /**
     * One path at which they differ: in kind, permissions, owner, link text, device, or content. Times alone are no difference.
     *
     * @param before what the earlier image has there; empty when it was added
     * @param after what the later image has there; empty when it was removed
     */
    public record Entry(FilePath path, Optional<Side> before, Optional<Side> after) {
        public Entry {
            if (before.isEmpty() && after.isEmpty()) {
                throw new IllegalArgumentException("nothing was ever at " + path);
            }
        }
    }

    /**
     * What one of the images has at a path.
     *
     * @param kind what it is
     * @param size of a regular file's content in bytes; 0 for everything else
     * @param permissions with set-id and sticky, 0 to 07777
     */
    public record Side(FileKind kind, long size, int permissions) {}
}
