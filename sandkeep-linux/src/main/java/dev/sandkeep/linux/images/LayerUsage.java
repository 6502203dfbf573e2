package dev.sandkeep.linux.images;

import dev.sandkeep.linux.kernel.Directory;
import dev.sandkeep.linux.kernel.FileStatus;
import dev.sandkeep.linux.kernel.TreeWalk;
import java.nio.file.Path;

/** What one layer takes on disk. */
final class LayerUsage {
    private final DirectoryTotals directories = new DirectoryTotals();
    private long bytes;
    private long files;

    private LayerUsage() {}

    static LayerUsage of(Path layer) {
        LayerUsage usage = new LayerUsage();
        try (Directory top = Directory.open(layer)) {
            TreeWalk.of(top, usage::add);
        }
        return usage;
    }

    private TreeWalk.Visitor.Next add(TreeWalk.Place place) {
        FileStatus status = place.status();
        // All names of a file are in its layer, so that they add up to the file.
        long stored = status.isDirectory() ? status.storedBytes() : status.storedBytes() / Math.max(1, status.links());
        bytes += stored;
        files++;
        directories.add(place.parent(), stored);
        return TreeWalk.Visitor.Next.ENTER;
    }

    long bytes() {
        return bytes;
    }

    long files() {
        return files;
    }

    DirectoryTotals directories() {
        return directories;
    }
}
