package dev.sandkeep.server.api;

import dev.sandkeep.server.snapshots.AllowedSecret;
import dev.sandkeep.server.snapshots.Snapshot;
import dev.sandkeep.server.snapshots.SnapshotInputs;
import dev.sandkeep.spi.DirectorySize;
import dev.sandkeep.spi.ImageUsage;
import io.swagger.v3.oas.annotations.media.Schema;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A snapshot, what it was made from, and where its space goes.
 *
 * @param inputs null for one that was made before they were written down
 * @param allowedSecrets what it holds although it looks like a secret, because the profile allows it
 */
@Schema(name = "SnapshotDetail")
record SnapshotDetailView(
        SnapshotView snapshot, @Nullable SnapshotInputs inputs, List<AllowedSecret> allowedSecrets, Usage usage) {
    /**
     * What its image takes on disk.
     *
     * @param ownBytes by itself
     * @param ownFiles names in that
     * @param sharedBytes of the images that it stands on, which others may stand on too
     * @param layers of which it consists
     * @param largestDirectories of its own
     */
    @Schema(name = "SnapshotUsage")
    record Usage(long ownBytes, long ownFiles, long sharedBytes, int layers, List<Directory> largestDirectories) {}

    /** A directory with everything in it. */
    @Schema(name = "DirectorySize")
    record Directory(String path, long bytes, long files) {
        static Directory of(DirectorySize size) {
            return new Directory(size.path().toString(), size.bytes(), size.files());
        }
    }

    static SnapshotDetailView of(
            Snapshot snapshot, Optional<SnapshotInputs> inputs, List<AllowedSecret> allowedSecrets, ImageUsage usage) {
        return new SnapshotDetailView(
                SnapshotView.of(snapshot),
                inputs.orElse(null),
                allowedSecrets,
                new Usage(
                        usage.ownBytes(),
                        usage.ownFiles(),
                        usage.sharedBytes(),
                        usage.depth(),
                        usage.largest().stream().map(Directory::of).toList()));
    }
}
