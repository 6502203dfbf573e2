package dev.sandkeep.server.snapshots;

import dev.sandkeep.spi.DeleteImageOutcome;
import dev.sandkeep.spi.ImageId;
import dev.sandkeep.spi.ImageUsage;
import dev.sandkeep.spi.ProviderException;
import dev.sandkeep.spi.SandboxProvider;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Removes an image that may go, and writes into the ledger what became of it. What fails is tried again by the sweep. */
final class RemoveImage {
    private static final Logger LOG = LoggerFactory.getLogger(RemoveImage.class);

    private final SandboxProvider provider;
    private final RemovalStore removals;

    RemoveImage(SandboxProvider provider, RemovalStore removals) {
        this.provider = provider;
        this.removals = removals;
    }

    /**
     * Bytes that it takes by itself: what was added up when the snapshot was made, else what the provider adds up now; empty when
     * there is no such image or the provider cannot say.
     */
    OptionalLong bytes(ImageId image) {
        OptionalLong stored = removals.storedBytes(image);
        if (stored.isPresent()) {
            return stored;
        }
        try {
            return provider.imageUsage(image, 0).stream()
                    .mapToLong(ImageUsage::ownBytes)
                    .findFirst();
        } catch (ProviderException unknown) {
            LOG.warn("event=image_usage_unknown image={} cause=\"{}\"", image, unknown.getMessage());
            return OptionalLong.empty();
        }
    }

    /**
     * Removes it.
     *
     * @return whether it is gone
     */
    boolean run(ImageId image) {
        return run(image, bytes(image));
    }

    /** As above, for one whose size is known. */
    boolean run(ImageId image, OptionalLong bytes) {
        try {
            return switch (provider.deleteImage(image)) {
                case DeleteImageOutcome.Deleted deleted -> {
                    LOG.info("event=image_removed image={} bytes={}", image, bytes.orElse(0));
                    removals.removed(image, bytes);
                    yield true;
                }
                case DeleteImageOutcome.Missing missing -> {
                    removals.removed(image, bytes);
                    yield true;
                }
                case DeleteImageOutcome.InUse inUse -> {
                    removals.failed(image, "in use by " + inUse.user());
                    yield false;
                }
            };
        } catch (ProviderException failure) {
            LOG.warn("event=image_removal_failed image={} cause=\"{}\"", image, failure.getMessage());
            removals.failed(image, String.valueOf(failure.getMessage()));
            return false;
        }
    }
}
