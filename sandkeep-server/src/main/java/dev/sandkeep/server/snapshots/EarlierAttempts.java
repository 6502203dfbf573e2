package dev.sandkeep.server.snapshots;

import dev.sandkeep.server.computes.Compute;
import dev.sandkeep.server.computes.ComputeLedger;
import dev.sandkeep.server.platform.errors.ProblemCode;
import dev.sandkeep.spi.ImageDescription;
import dev.sandkeep.spi.ImageId;
import dev.sandkeep.spi.ProviderException;
import dev.sandkeep.spi.SandboxProvider;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Deals with what earlier attempts at the same job left: destroys their computes, and finds an image that one captured. */
final class EarlierAttempts {
    private final SandboxProvider provider;
    private final ComputeLedger computes;
    private final SnapshotJobStore store;

    EarlierAttempts(SandboxProvider provider, ComputeLedger computes, SnapshotJobStore store) {
        this.provider = provider;
        this.computes = computes;
        this.store = store;
    }

    /**
     * Leaves nothing of earlier attempts running.
     *
     * @return what one of them captured: an image appears complete or not at all, and is captured only after every check
     */
    Optional<SnapshotJobStore.Capturable> run(Attempt attempt) throws InterruptedException {
        try {
            for (Compute left : computes.left(attempt.jobId())) {
                if (left.id().generation() < attempt.number()) {
                    ProviderCalls.call("destroy", () -> provider.destroy(left.id()));
                    computes.destroyed(left.id());
                }
            }
            List<SnapshotJobStore.Capturable> images = store.unsettledBefore(attempt).stream()
                    .filter(it -> it.base().isPresent())
                    .toList();
            if (images.isEmpty()) {
                return Optional.empty();
            }
            Set<ImageId> present = ProviderCalls.call("list-images", provider::listImages).stream()
                    .map(ImageDescription::id)
                    .collect(Collectors.toSet());
            return images.stream().filter(it -> present.contains(it.image())).findFirst();
        } catch (ProviderException failure) {
            throw StepFailed.of(failure, ProblemCode.COMPUTE_START_FAILED);
        }
    }
}
