/**
 * Base images from container registries (the distribution specification's pull, with OCI's and Docker's manifests) and from tar
 * archives.
 *
 * <p>Each layer of an image becomes one layer of the store, named by its chain id: the digest of its content and of all that lies
 * below. So images that begin with the same layers share them, and an image that was pulled once is pulled again by comparing names.
 *
 * <p>Nothing that a registry says is believed: manifests and layers are compared with their digests, the content of layers with the
 * digests in the image's configuration, and archives are unpacked as hostile.
 */
@NullMarked
package dev.sandkeep.linux.registry;

import org.jspecify.annotations.NullMarked;
