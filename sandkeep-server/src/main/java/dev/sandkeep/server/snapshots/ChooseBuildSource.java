package dev.sandkeep.server.snapshots;

import dev.sandkeep.spi.ImageId;
import java.util.Optional;

/**
 * Decides what a build starts from. With a maintenance script a refresh starts from the version's present snapshot, unless it is
 * to be full, there is none, or it stands on too many others already.
 */
final class ChooseBuildSource {
    /** Snapshots on top of each other, after which the next is built from the base image: an overlay of them stays quick. */
    static final int MOST_ANCESTORS = 30;

    private final EnsureBaseImage ensureBaseImage;
    private final SnapshotStore snapshots;
    private final SnapshotJobStore jobs;
    private final String dataDirectory;

    ChooseBuildSource(
            EnsureBaseImage ensureBaseImage, SnapshotStore snapshots, SnapshotJobStore jobs, String dataDirectory) {
        this.ensureBaseImage = ensureBaseImage;
        this.snapshots = snapshots;
        this.jobs = jobs;
        this.dataDirectory = dataDirectory;
    }

    BuildSource run(Build build) throws InterruptedException {
        Optional<SnapshotStore.Foundation> present = maintained(build);
        BuildSource source = present.isPresent()
                ? new BuildSource(
                        present.get().base(), Optional.of(present.get().image()))
                : new BuildSource(ensureBaseImage.run(build), Optional.empty());
        jobs.source(build.attempt(), source);
        return source;
    }

    private Optional<SnapshotStore.Foundation> maintained(Build build) throws InterruptedException {
        Attempt attempt = build.attempt();
        if (build.plan().maintenanceScript().isBlank()
                || attempt.options().full()
                || attempt.trigger() == SnapshotTrigger.PUBLISH
                || attempt.trigger() == SnapshotTrigger.SETUP_TEST) {
            return Optional.empty();
        }
        Optional<SnapshotStore.Foundation> present =
                snapshots.foundation(attempt.profileId(), attempt.version(), dataDirectory);
        if (present.isEmpty()) {
            build.log().system("There is no snapshot to maintain yet");
            return Optional.empty();
        }
        ImageId image = present.get().image();
        if (present.get().ancestors() + 1 > MOST_ANCESTORS) {
            build.log().system(image + " stands on " + MOST_ANCESTORS + " others: building anew from the base image");
            return Optional.empty();
        }
        build.log().system("Starting from the present snapshot " + image);
        return present;
    }
}
