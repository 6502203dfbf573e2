package dev.sandkeep.server.snapshots;

import dev.sandkeep.server.computes.ComputeLedger;
import dev.sandkeep.server.computes.ComputeState;
import dev.sandkeep.server.platform.errors.ProblemCode;
import dev.sandkeep.spi.CaptureOutcome;
import dev.sandkeep.spi.ComputeId;
import dev.sandkeep.spi.ImageId;
import dev.sandkeep.spi.ProviderException;
import dev.sandkeep.spi.SandboxProvider;
import java.time.Duration;

/** Ends everything in the compute, and makes the attempt's image of what it wrote. */
final class CaptureSnapshot {
    private static final Duration GRACE = Duration.ofSeconds(5);

    private final SandboxProvider provider;
    private final ComputeLedger computes;

    CaptureSnapshot(SandboxProvider provider, ComputeLedger computes) {
        this.provider = provider;
        this.computes = computes;
    }

    ImageId run(Build build, ComputeId compute) throws InterruptedException {
        ImageId image = build.attempt().image();
        try {
            computes.move(compute, ComputeState.STOPPING);
            ProviderCalls.call("stop", () -> provider.stop(compute, GRACE));
            computes.move(compute, ComputeState.STOPPED);
            CaptureOutcome outcome = ProviderCalls.call("capture", () -> provider.capture(compute, image));
            return switch (outcome) {
                case CaptureOutcome.Captured captured -> {
                    build.log().system("Captured " + image);
                    yield captured.image().id();
                }
                case CaptureOutcome.StillRunning running ->
                    throw StepFailed.forNow(
                            ProblemCode.CAPTURE_FAILED, "Compute " + compute + " runs although it was stopped.");
                case CaptureOutcome.Missing missing ->
                    throw StepFailed.forNow(
                            ProblemCode.CAPTURE_FAILED, "Compute " + compute + " was gone before it was captured.");
            };
        } catch (ProviderException failure) {
            throw StepFailed.of(failure, ProblemCode.CAPTURE_FAILED);
        }
    }
}
