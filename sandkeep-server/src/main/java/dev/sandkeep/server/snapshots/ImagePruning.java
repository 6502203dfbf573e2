package dev.sandkeep.server.snapshots;

import dev.sandkeep.server.platform.data.DataDirectory;
import dev.sandkeep.server.platform.security.Caller;
import dev.sandkeep.spi.ImageDescription;
import dev.sandkeep.spi.ImageId;
import dev.sandkeep.spi.ProviderException;
import dev.sandkeep.spi.SandboxProvider;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes images of this data directory that nothing needs: snapshots beyond those that a version keeps, and base images that no
 * snapshot stands on. What is to go is released first, under its row's lock; from then on nobody can come to need it, and the
 * sweep removes what a crash or a failure leaves.
 */
public final class ImagePruning {
    private static final Logger LOG = LoggerFactory.getLogger(ImagePruning.class);
    private static final String SNAPSHOT_PREFIX = "snp_";

    private final PruneStore store;
    private final RemovalStore removals;
    private final RemoveImage removeImage;
    private final SandboxProvider provider;
    private final DataDirectory data;
    private final int keep;
    private final Duration grace;
    private final Clock clock;

    ImagePruning(
            PruneStore store,
            RemovalStore removals,
            RemoveImage removeImage,
            SandboxProvider provider,
            DataDirectory data,
            int keep,
            Duration grace,
            Clock clock) {
        this.store = store;
        this.removals = removals;
        this.removeImage = removeImage;
        this.provider = provider;
        this.data = data;
        this.keep = keep;
        this.grace = grace;
        this.clock = clock;
    }

    /**
     * What a run did, or would do.
     *
     * @param dryRun whether it only looked
     * @param images that were to go, each with what it takes
     * @param removed how many are gone
     * @param failed how many are still there; they are tried again
     * @param bytes that those that are gone, or in a dry run all of them, took by themselves
     */
    public record Report(boolean dryRun, List<Candidate> images, int removed, int failed, long bytes) {
        public Report {
            images = List.copyOf(images);
        }
    }

    /**
     * An image that was to go.
     *
     * @param removed whether it is gone
     */
    public record Candidate(String image, OptionalLong bytes, boolean removed) {}

    /** Removes what may go of one organization's snapshots, or only says what that is. */
    public Report run(Caller caller, boolean dryRun) {
        return prune(store.unneeded(rule(), Optional.of(caller.organizationId())), dryRun);
    }

    /** Removes what may go of everything in this data directory. */
    public void run() {
        Report report = prune(store.unneeded(rule(), Optional.empty()), false);
        int bases = pruneBaseImages();
        if (report.removed() + report.failed() + bases > 0) {
            LOG.info(
                    "event=images_pruned snapshots={} base_images={} failed={} bytes={}",
                    report.removed(),
                    bases,
                    report.failed(),
                    report.bytes());
        }
    }

    /** What was removed of an organization's, or is to be, newest first. */
    public List<ImageRemoval> removals(Caller caller, int limit) {
        return removals.newest(caller.organizationId(), limit);
    }

    private PruneStore.Rule rule() {
        return new PruneStore.Rule(data.installation(), keep, clock.instant().minus(grace));
    }

    private Report prune(List<ImageId> images, boolean dryRun) {
        List<Candidate> candidates = new ArrayList<>();
        int removed = 0;
        int failed = 0;
        long bytes = 0;
        for (ImageId image : images) {
            OptionalLong size = removeImage.bytes(image);
            boolean gone = false;
            if (!dryRun) {
                if (!store.release(image, rule())) {
                    // Somebody has come to need it since we looked.
                    continue;
                }
                gone = removeImage.run(image);
                removed += gone ? 1 : 0;
                failed += gone ? 0 : 1;
            }
            bytes += gone || dryRun ? size.orElse(0) : 0;
            candidates.add(new Candidate(image.value(), size, gone));
        }
        return new Report(dryRun, candidates, removed, failed, bytes);
    }

    /** A build that starts in this moment finds its base image gone, says so, and its next attempt makes it anew. */
    private int pruneBaseImages() {
        if (store.building(data.installation())) {
            return 0;
        }
        try {
            Set<String> needed = store.neededBaseImages(data.installation());
            Instant oldEnough = clock.instant().minus(grace);
            int removed = 0;
            List<ImageDescription> images = provider.listImages();
            Set<ImageId> stoodOn =
                    images.stream().flatMap(image -> image.parent().stream()).collect(Collectors.toSet());
            for (ImageDescription image : images) {
                if (image.id().value().startsWith(SNAPSHOT_PREFIX)
                        || stoodOn.contains(image.id())
                        || needed.contains(image.id().value())
                        || image.createdAt().isAfter(oldEnough)) {
                    continue;
                }
                removals.allowed(
                        image.id(),
                        data.installation(),
                        ImageRemoval.Reason.UNUSED_BASE_IMAGE,
                        "no snapshot stands on it, no job is active, made before " + oldEnough);
                removed += removeImage.run(image.id()) ? 1 : 0;
            }
            return removed;
        } catch (ProviderException unknown) {
            LOG.warn("event=base_images_not_pruned cause=\"{}\"", unknown.getMessage());
            return 0;
        }
    }
}
