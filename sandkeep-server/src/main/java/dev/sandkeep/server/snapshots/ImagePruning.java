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
     * @param reason why it may go
     * @param removed whether it is gone
     */
    public record Candidate(String image, ImageRemoval.Reason reason, OptionalLong bytes, boolean removed) {}

    /**
     * Removes what may go of one organization's snapshots, and of base images, which all organizations share; or only says what
     * that is.
     */
    public Report run(Caller caller, boolean dryRun) {
        return prune(Optional.of(caller.organizationId()), dryRun);
    }

    /** Removes what may go of everything in this data directory. */
    public void run() {
        Report report = prune(Optional.empty(), false);
        if (report.removed() + report.failed() > 0) {
            LOG.info(
                    "event=images_pruned removed={} failed={} bytes={}",
                    report.removed(),
                    report.failed(),
                    report.bytes());
        }
    }

    private Report prune(Optional<String> organization, boolean dryRun) {
        List<Candidate> all = new ArrayList<>(pruneSnapshots(store.unneeded(rule(), organization), dryRun));
        all.addAll(pruneBaseImages(dryRun));
        int removed = (int) all.stream().filter(Candidate::removed).count();
        long bytes = all.stream()
                .filter(it -> dryRun || it.removed())
                .mapToLong(it -> it.bytes().orElse(0))
                .sum();
        return new Report(dryRun, all, removed, dryRun ? 0 : all.size() - removed, bytes);
    }

    /** What was removed of an organization's and of base images, or is to be, newest first. */
    public List<ImageRemoval> removals(Caller caller, int limit) {
        return removals.newest(caller.organizationId(), data.installation(), limit);
    }

    private PruneStore.Rule rule() {
        return new PruneStore.Rule(data.installation(), keep, clock.instant().minus(grace));
    }

    private List<Candidate> pruneSnapshots(List<ImageId> images, boolean dryRun) {
        List<Candidate> candidates = new ArrayList<>();
        for (ImageId image : images) {
            OptionalLong size = removeImage.bytes(image);
            boolean gone = false;
            if (!dryRun) {
                if (!store.release(image, rule())) {
                    // Somebody has come to need it since we looked.
                    continue;
                }
                gone = removeImage.run(image, size);
            }
            candidates.add(new Candidate(image.value(), ImageRemoval.Reason.SUPERSEDED, size, gone));
        }
        return candidates;
    }

    /** A build that starts in this moment finds its base image gone, says so, and its next attempt makes it anew. */
    private List<Candidate> pruneBaseImages(boolean dryRun) {
        if (store.building(data.installation())) {
            return List.of();
        }
        List<Candidate> candidates = new ArrayList<>();
        try {
            Instant oldEnough = clock.instant().minus(grace);
            for (ImageId image : unneededBaseImages(oldEnough)) {
                OptionalLong size = removeImage.bytes(image);
                boolean gone = false;
                if (!dryRun) {
                    removals.allowed(
                            image,
                            data.installation(),
                            ImageRemoval.Reason.UNUSED_BASE_IMAGE,
                            "no snapshot stands on it, no job is active, made before " + oldEnough);
                    gone = removeImage.run(image, size);
                }
                candidates.add(new Candidate(image.value(), ImageRemoval.Reason.UNUSED_BASE_IMAGE, size, gone));
            }
        } catch (ProviderException unknown) {
            LOG.warn("event=base_images_not_pruned cause=\"{}\"", unknown.getMessage());
        }
        return candidates;
    }

    private List<ImageId> unneededBaseImages(Instant oldEnough) {
        Set<String> needed = store.neededBaseImages(data.installation());
        List<ImageDescription> images = provider.listImages();
        Set<ImageId> stoodOn =
                images.stream().flatMap(image -> image.parent().stream()).collect(Collectors.toSet());
        return images.stream()
                .filter(image -> !image.id().value().startsWith(SNAPSHOT_PREFIX)
                        && !stoodOn.contains(image.id())
                        && !needed.contains(image.id().value())
                        && !image.createdAt().isAfter(oldEnough))
                .map(ImageDescription::id)
                .toList();
    }
}
