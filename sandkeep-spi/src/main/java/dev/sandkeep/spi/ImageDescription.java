package dev.sandkeep.spi;

import java.time.Instant;
import java.util.Optional;

/**
 * One stored image.
 *
 * @param parent the image below it, which cannot be deleted before this one; at first the one it was captured on, later perhaps one
 *     further down, when the provider has merged what lay between
 * @param createdAt when it became complete
 */
public record ImageDescription(ImageId id, Optional<ImageId> parent, Instant createdAt) {}
