package dev.sandkeep.server.snapshots;

import dev.sandkeep.server.computes.ComputeLedger;
import dev.sandkeep.spi.ComputeId;
import dev.sandkeep.spi.ImageId;
import dev.sandkeep.spi.SandboxProvider;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * The building of a snapshot, from top to bottom. Each step is a class named for what it does; what one returns is what the
 * next takes.
 */
final class SnapshotBuild {
    private final EarlierAttempts earlierAttempts;
    private final ChooseBuildSource chooseBuildSource;
    private final StartBuildCompute startBuildCompute;
    private final WritePlanFiles writePlanFiles = new WritePlanFiles();
    private final ResolveInputs resolveInputs;
    private final InstallPackages installPackages = new InstallPackages();
    private final CloneRepositories cloneRepositories;
    private final RunScript runScript = new RunScript();
    private final RunChecks runChecks = new RunChecks();
    private final StopBuildCompute stopBuildCompute;
    private final ScanForSecrets scanForSecrets;
    private final CaptureSnapshot captureSnapshot;
    private final SwapSnapshot swapSnapshot;
    private final SkipUnchanged skipUnchanged;
    private final PassSetupTest passSetupTest;
    private final PhaseBoundaries boundaries;
    private final SnapshotJobStore store;
    private final String dataDirectory;

    SnapshotBuild(
            SandboxProvider provider,
            ComputeLedger computes,
            SnapshotJobStore store,
            SnapshotStore snapshots,
            TransactionTemplate transactions,
            JobEndings endings,
            PhaseBoundaries boundaries,
            RepositoryCredentials credentials,
            String dataDirectory) {
        this.resolveInputs = new ResolveInputs(new GitInside(), credentials);
        this.cloneRepositories = new CloneRepositories(credentials);
        this.earlierAttempts = new EarlierAttempts(provider, computes, store);
        this.chooseBuildSource = new ChooseBuildSource(new EnsureBaseImage(provider), snapshots, store, dataDirectory);
        this.startBuildCompute = new StartBuildCompute(provider, computes);
        this.stopBuildCompute = new StopBuildCompute(provider, computes);
        this.scanForSecrets = new ScanForSecrets(provider);
        this.captureSnapshot = new CaptureSnapshot(provider);
        this.swapSnapshot = new SwapSnapshot(transactions, store, snapshots, endings);
        this.skipUnchanged = new SkipUnchanged(transactions, store, snapshots, endings, dataDirectory);
        this.passSetupTest = new PassSetupTest(transactions, store, endings);
        this.boundaries = boundaries;
        this.store = store;
        this.dataDirectory = dataDirectory;
    }

    /**
     * Builds, and swaps; the test of a setup script ends after the script.
     *
     * @param guard is closed before the job's end is written: from then on nothing stops it half-way
     * @return whether the job is over now, with a new usable snapshot or without need for one; when not, a cancellation or a
     *     newer attempt came first
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
        BuildSource source = chooseBuildSource.run(build);
        enter(build, Phase.COMPUTE_START);
        ComputeId compute = startBuildCompute.run(build, source);
        if (!source.maintenance()) {
            enter(build, Phase.FILES);
            writePlanFiles.run(build);
        }
        enter(build, Phase.INPUTS);
        Inputs inputs = resolveInputs.run(build, source);
        store.inputs(attempt, inputs);
        if (skipUnchanged.applies(build, inputs)) {
            return end(build, guard, () -> skipUnchanged.run(attempt));
        }
        prepare(build, source, inputs);
        if (attempt.trigger() == SnapshotTrigger.SETUP_TEST) {
            return end(build, guard, () -> passSetupTest.run(attempt));
        }
        enter(build, Phase.CHECKS);
        runChecks.run(build);
        enter(build, Phase.SECRET_SCAN);
        stopBuildCompute.run(compute);
        store.allowedSecrets(attempt, scanForSecrets.run(build, compute));
        enter(build, Phase.CAPTURE);
        ImageId image = captureSnapshot.run(build, compute);
        enter(build, Phase.SWAP);
        return swap(build, guard, source.base(), image, attempt.number());
    }

    private void prepare(Build build, BuildSource source, Inputs inputs) throws InterruptedException {
        if (source.maintenance()) {
            enter(build, Phase.MAINTENANCE_SCRIPT);
            runScript.maintenance(build);
            return;
        }
        enter(build, Phase.PACKAGES);
        installPackages.run(build);
        enter(build, Phase.REPOSITORIES);
        cloneRepositories.run(build, inputs);
        enter(build, Phase.SETUP_SCRIPT);
        runScript.setup(build);
    }

    private boolean swap(Build build, JobGuard guard, BaseImage base, ImageId image, int capturedBy)
            throws InterruptedException {
        return end(build, guard, () -> swapSnapshot.run(build.attempt(), dataDirectory, base, image, capturedBy));
    }

    private static boolean end(Build build, JobGuard guard, BooleanSupplier write) throws InterruptedException {
        build.log().flush();
        guard.close();
        return guard.cause().isEmpty() && write.getAsBoolean();
    }

    private void enter(Build build, Phase phase) throws InterruptedException {
        boundaries.reached(build.attempt(), phase);
        if (Thread.interrupted()) {
            throw new InterruptedException("before " + phase.text());
        }
        build.log().enter(phase);
        build.phases().enter(phase);
        store.enter(build.attempt(), phase);
    }
}
