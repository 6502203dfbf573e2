package dev.sandkeep.server.snapshots;

import dev.sandkeep.spi.ImageId;

/**
 * What a build starts from.
 *
 * @param image at the provider
 * @param digest of its content
 */
record BaseImage(ImageId image, String digest) {}
