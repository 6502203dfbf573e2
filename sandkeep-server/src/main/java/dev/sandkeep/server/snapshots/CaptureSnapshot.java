package dev.sandkeep.server.snapshots;

import dev.sandkeep.server.platform.errors.ProblemCode;
import dev.sandkeep.spi.CaptureOutcome;
import dev.sandkeep.spi.ComputeId;
import dev.sandkeep.spi.ImageId;
import dev.sandkeep.spi.ProviderException;
import dev.sandkeep.spi.SandboxProvider;

/** Makes the attempt's image of what the stopped compute wrote. */
final class CaptureSnapshot {
    private final SandboxProvider provider;

    CaptureSnapshot(SandboxProvider provider) {
        this.provider = provider;
    }

    ImageId run(Build build, ComputeId compute) throws InterruptedException {
        ImageId image = build.attempt().image();
        try {
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
