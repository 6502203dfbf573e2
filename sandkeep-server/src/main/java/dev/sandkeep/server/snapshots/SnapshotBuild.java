package dev.sandkeep.server.snapshots;

import dev.sandkeep.server.computes.ComputeLedger;
import dev.sandkeep.spi.ComputeId;
import dev.sandkeep.spi.ImageId;
import dev.sandkeep.spi.SandboxProvider;
import java.util.Optional;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * The building of a snapshot, from top to bottom. Each step is a class named for what it does; what one returns is what the
 * next takes.
 */
final class SnapshotBuild {
    private final EarlierAttempts earlierAttempts;
    private final EnsureBaseImage ensureBaseImage;
    private final StartBuildCompute startBuildCompute;
    private final WritePlanFiles writePlanFiles;
    private final RunSetupScript runSetupScript;
    private final RunChecks runChecks;
    private final CaptureSnapshot captureSnapshot;
    private final SwapSnapshot swapSnapshot;
    private final SnapshotJobStore store;
    private final String dataDirectory;

    SnapshotBuild(
            SandboxProvider provider,
            ComputeLedger computes,
            SnapshotJobStore store,
            SnapshotStore snapshots,
            TransactionTemplate transactions,
            JobEndings endings,
            String dataDirectory) {
        this.earlierAttempts = new EarlierAttempts(provider, computes, store);
        this.ensureBaseImage = new EnsureBaseImage(provider, store);
        this.startBuildCompute = new StartBuildCompute(provider, computes);
        this.writePlanFiles = new WritePlanFiles();
        this.runSetupScript = new RunSetupScript();
        this.runChecks = new RunChecks();
        this.captureSnapshot = new CaptureSnapshot(provider, computes);
        this.swapSnapshot = new SwapSnapshot(transactions, store, snapshots, endings);
        this.store = store;
        this.dataDirectory = dataDirectory;
    }

    /**
     * Builds, and swaps.
     *
     * @param guard is closed before the swap: from then on nothing stops it half-way
     * @return whether the snapshot is usable now; when not, a cancellation or a newer attempt came first
     */
    boolean run(Build build, JobGuard guard) throws InterruptedException {
        Attempt attempt = build.attempt();
        Optional<SnapshotJobStore.Capturable> adopted = earlierAttempts.run(attempt);
        if (adopted.isPresent()) {
            SnapshotJobStore.Capturable found = adopted.get();
            enter(build, Phase.SWAP);
            build.log().system("Attempt " + found.attempt() + " had captured " + found.image());
            return swap(build, guard, found.base().orElseThrow(), found.image(), found.attempt());
        }

        enter(build, Phase.BASE_IMAGE);
        BaseImage base = ensureBaseImage.run(build);

        enter(build, Phase.COMPUTE_START);
        ComputeId compute = startBuildCompute.run(build, base);

        enter(build, Phase.FILES);
        writePlanFiles.run(build);

        enter(build, Phase.SETUP_SCRIPT);
        runSetupScript.run(build);

        enter(build, Phase.CHECKS);
        runChecks.run(build);

        // The place of a secret scan: everything has run, and nothing is kept yet.

        enter(build, Phase.CAPTURE);
        ImageId image = captureSnapshot.run(build, compute);

        enter(build, Phase.SWAP);
        return swap(build, guard, base, image, attempt.number());
    }

    private boolean swap(Build build, JobGuard guard, BaseImage base, ImageId image, int capturedBy)
            throws InterruptedException {
        build.log().flush();
        guard.close();
        return guard.cause().isEmpty() && swapSnapshot.run(build.attempt(), dataDirectory, base, image, capturedBy);
    }

    private void enter(Build build, Phase phase) throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException("before " + phase.text());
        }
        build.log().enter(phase);
        store.enter(build.attempt(), phase);
    }
}
