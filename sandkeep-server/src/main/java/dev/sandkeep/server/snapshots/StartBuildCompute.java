package dev.sandkeep.server.snapshots;

import dev.sandkeep.server.computes.ComputeLedger;
import dev.sandkeep.server.computes.ComputeState;
import dev.sandkeep.server.platform.errors.ProblemCode;
import dev.sandkeep.spi.ComputeId;
import dev.sandkeep.spi.ComputeSpec;
import dev.sandkeep.spi.ProviderException;
import dev.sandkeep.spi.SandboxProvider;
import dev.sandkeep.spi.StartOutcome;
import java.util.List;
import java.util.Map;

/** Starts the compute that the plan is applied in, with the plan's limits and environment. */
final class StartBuildCompute {
    private final SandboxProvider provider;
    private final ComputeLedger computes;

    StartBuildCompute(SandboxProvider provider, ComputeLedger computes) {
        this.provider = provider;
        this.computes = computes;
    }

    ComputeId run(Build build, BuildSource source) throws InterruptedException {
        ComputeId compute = build.attempt().compute();
        computes.move(compute, ComputeState.STARTING);
        ComputeSpec spec = new ComputeSpec(
                compute,
                source.image(),
                build.plan().limits().forProvider(),
                build.plan().environment(),
                List.of(),
                Map.of());
        StartOutcome outcome;
        try {
            outcome = ProviderCalls.call("start", () -> provider.start(spec));
        } catch (ProviderException failure) {
            throw StepFailed.of(failure, ProblemCode.COMPUTE_START_FAILED);
        }
        switch (outcome) {
            case StartOutcome.Started started -> computes.move(compute, ComputeState.RUNNING);
            case StartOutcome.ImageMissing missing ->
                throw StepFailed.forNow(
                        ProblemCode.COMPUTE_START_FAILED, "The image " + missing.image() + " is gone again.");
            case StartOutcome.Fenced fenced ->
                throw StepFailed.forNow(
                        ProblemCode.COMPUTE_START_FAILED,
                        "The provider has seen attempt " + fenced.newestGeneration() + " and refuses " + compute + ".");
            case StartOutcome.Refused refused ->
                throw StepFailed.forGood(
                        ProblemCode.COMPUTE_START_FAILED, refused.reason() + " (" + refused.code() + ")");
        }
        build.log().system("Started " + compute);
        return compute;
    }
}
