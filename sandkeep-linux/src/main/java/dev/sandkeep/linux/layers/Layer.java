package dev.sandkeep.linux.layers;

import dev.sandkeep.spi.IdRange;
import dev.sandkeep.spi.ImageId;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;

/**
 * One committed layer.
 *
 * @param id the image whose topmost layer this is
 * @param parent the layer below, empty for one that stands on nothing
 * @param owner in whose ids its files are stored
 * @param digest of the content it was made from; empty when it was captured
 * @param diff its files
 * @param former what it was before it was merged with layers below it; empty when it was not
 */
public record Layer(
        ImageId id,
        Optional<ImageId> parent,
        IdRange owner,
        Optional<String> digest,
        Instant createdAt,
        Path diff,
        Optional<Former> former) {
    /**
     * A layer as it was. What was mounted before goes on using it.
     *
     * @param parent the layer that was below
     * @param diff its files, as long as they are kept
     * @param until when it was merged
     */
    public record Former(Optional<ImageId> parent, Path diff, Instant until) {}
}
