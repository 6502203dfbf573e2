package dev.sandkeep.server.reconciler;

import dev.sandkeep.server.findings.Difference;
import dev.sandkeep.server.findings.Finding;
import dev.sandkeep.server.findings.FindingState;
import dev.sandkeep.server.findings.Findings;
import dev.sandkeep.spi.DeleteImageOutcome;
import dev.sandkeep.spi.ImageId;
import dev.sandkeep.spi.ImageUsage;
import dev.sandkeep.spi.SandboxProvider;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;

/** Removes images of snapshots that no row knows, when they have been found so for the grace time. */
final class RemoveLeftImages {
    private final SandboxProvider provider;
    private final Leaks leaks;
    private final Findings findings;
    private final Duration grace;
    private final Clock clock;

    RemoveLeftImages(SandboxProvider provider, Leaks leaks, Findings findings, Duration grace, Clock clock) {
        this.provider = provider;
        this.leaks = leaks;
        this.findings = findings;
        this.grace = grace;
        this.clock = clock;
    }

    void run() {
        List<Finding> due = findings.open().stream()
                .filter(it -> it.kind().equals(Leaks.IMAGE)
                        && !it.firstSeenAt().plus(grace).isAfter(clock.instant()))
                .toList();
        if (due.isEmpty()) {
            return;
        }
        // Whether it still is so counts, not that it once was.
        Set<String> still = leaks.lookAtImages().stream().map(Leak::name).collect(Collectors.toSet());
        due.stream().filter(it -> still.contains(it.name())).forEach(this::remove);
    }

    private void remove(Finding finding) {
        ImageId image = new ImageId(finding.name());
        OptionalLong bytes = provider.imageUsage(image, 0).stream()
                .mapToLong(ImageUsage::ownBytes)
                .findFirst();
        if (!(provider.deleteImage(image) instanceof DeleteImageOutcome.InUse)) {
            findings.ended(
                    new Difference(finding.kind(), finding.name(), finding.owner(), finding.reason(), false, ""),
                    FindingState.REMOVED,
                    "the image was removed",
                    bytes);
        }
    }
}
