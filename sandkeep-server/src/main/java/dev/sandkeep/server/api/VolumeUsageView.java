package dev.sandkeep.server.api;

import dev.sandkeep.spi.DirectorySize;
import dev.sandkeep.spi.PathPressure;
import dev.sandkeep.spi.VolumeUsage;
import io.swagger.v3.oas.annotations.media.Schema;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What a session's volume takes.
 *
 * @param bytes allocated for everything that it needs
 * @param sharedBytes of those, what volumes forked from it, or that it was forked from, need as well
 * @param files files, directories, links and device nodes
 * @param checkpoints how many are kept
 * @param paths each persisted path
 * @param largestDirectories those that hold most, largest first
 */
@Schema(name = "VolumeUsage")
record VolumeUsageView(
        long bytes,
        long sharedBytes,
        long files,
        int checkpoints,
        List<PathUsage> paths,
        List<Directory> largestDirectories) {

    /**
     * One persisted path.
     *
     * @param maxBytes its limit; null when it has none
     * @param enforcement {@code hard} when a write over the limit fails, {@code watched} when a sandbox that grows past it is frozen
     */
    @Schema(name = "PathUsage")
    record PathUsage(String path, long usedBytes, @Nullable Long maxBytes, String enforcement) {
        private static PathUsage of(PathPressure path) {
            return new PathUsage(
                    path.path(),
                    path.usedBytes(),
                    path.maxBytes().isPresent() ? path.maxBytes().getAsLong() : null,
                    path.enforcement().name().toLowerCase(Locale.ROOT));
        }
    }

    /** A directory with everything in it. */
    @Schema(name = "VolumeDirectory")
    record Directory(String path, long bytes, long files) {
        private static Directory of(DirectorySize directory) {
            return new Directory(directory.path().toString(), directory.bytes(), directory.files());
        }
    }

    static VolumeUsageView of(VolumeUsage usage) {
        return new VolumeUsageView(
                usage.bytes(),
                usage.sharedBytes(),
                usage.files(),
                usage.checkpoints(),
                usage.paths().stream().map(PathUsage::of).toList(),
                usage.largest().stream().map(Directory::of).toList());
    }
}
