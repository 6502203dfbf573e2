package dev.sandkeep.server.api;

import dev.sandkeep.server.snapshots.ImagePruning;
import dev.sandkeep.server.snapshots.ImageRemoval;
import io.swagger.v3.oas.annotations.media.Schema;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What pruning did, or would do.
 *
 * @param images that were to go
 * @param removed how many are gone
 * @param failed how many are still there; they are tried again
 * @param bytes of what is gone; in a dry run, of all that would go
 */
@Schema(name = "Prune")
record PruneView(boolean dryRun, List<Image> images, int removed, int failed, long bytes) {
    /**
     * An image that was to go.
     *
     * @param reason {@code superseded} or {@code unused_base_image}
     * @param bytes that it takes by itself
     */
    @Schema(name = "PrunedImage")
    record Image(String id, String reason, @Nullable Long bytes, boolean removed) {}

    /**
     * An image that was removed or is to be.
     *
     * @param profileName null for base images, and when the profile was deleted
     * @param version null for base images
     * @param reason {@code superseded}, {@code profile_deleted} or {@code unused_base_image}
     * @param explanation what was checked
     * @param failure why it is still there
     */
    @Schema(name = "SnapshotRemoval")
    record Removal(
            String id,
            @Nullable String profileName,
            @Nullable Integer version,
            String reason,
            String explanation,
            @Nullable Long bytes,
            Instant allowedAt,
            @Nullable Instant removedAt,
            @Nullable String failure) {
        static Removal of(ImageRemoval removal) {
            return new Removal(
                    removal.image(),
                    removal.profileName().orElse(null),
                    removal.version().isPresent() ? (Integer) removal.version().getAsInt() : null,
                    removal.reason().text(),
                    removal.explanation(),
                    removal.bytes().isPresent() ? (Long) removal.bytes().getAsLong() : null,
                    removal.allowedAt(),
                    removal.removedAt().orElse(null),
                    removal.failure().orElse(null));
        }
    }

    static PruneView of(ImagePruning.Report report) {
        return new PruneView(
                report.dryRun(),
                report.images().stream()
                        .map(it -> new Image(
                                it.image(),
                                it.reason().text(),
                                it.bytes().isPresent() ? (Long) it.bytes().getAsLong() : null,
                                it.removed()))
                        .toList(),
                report.removed(),
                report.failed(),
                report.bytes());
    }
}
