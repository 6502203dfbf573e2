package dev.sandkeep.server.snapshots;

import dev.sandkeep.spi.ImageId;
import dev.sandkeep.spi.ImageUsage;
import dev.sandkeep.spi.ProviderException;
import dev.sandkeep.spi.SandboxProvider;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Adds up what a new snapshot takes, when it is usable already: nobody waits for it, and it may fail. */
final class MeasureSnapshot {
    private static final Logger LOG = LoggerFactory.getLogger(MeasureSnapshot.class);

    private final SandboxProvider provider;
    private final SnapshotStore snapshots;

    MeasureSnapshot(SandboxProvider provider, SnapshotStore snapshots) {
        this.provider = provider;
        this.snapshots = snapshots;
    }

    void run(String snapshotId) {
        try {
            Optional<ImageUsage> usage =
                    ProviderCalls.call("image-usage", () -> provider.imageUsage(new ImageId(snapshotId), 0));
            usage.ifPresent(it -> snapshots.ownBytes(snapshotId, it.ownBytes()));
        } catch (ProviderException unknown) {
            LOG.warn("event=image_usage_unknown image={} cause=\"{}\"", snapshotId, unknown.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
