package dev.sandkeep.server.snapshots;

import dev.sandkeep.spi.ImageId;
import java.util.Optional;

/**
 * What a build starts from: the base image, or with maintenance the version's present snapshot.
 *
 * @param base at the bottom of both
 * @param parent the present snapshot; empty when the build starts from the base image
 */
record BuildSource(BaseImage base, Optional<ImageId> parent) {
    /** The image to start the compute from. */
    ImageId image() {
        return parent.orElse(base.image());
    }

    /** Whether only the maintenance script runs. */
    boolean maintenance() {
        return parent.isPresent();
    }
}
