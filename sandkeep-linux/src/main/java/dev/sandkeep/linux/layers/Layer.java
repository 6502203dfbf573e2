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
 * @param parent the layer below, empty for a base image
 * @param owner in whose ids its files are stored
 * @param digest of the content it was made from; empty when it was captured
 * @param diff its files
 */
public record Layer(
        ImageId id, Optional<ImageId> parent, IdRange owner, Optional<String> digest, Instant createdAt, Path diff) {}
