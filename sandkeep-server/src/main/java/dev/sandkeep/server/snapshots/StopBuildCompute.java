package dev.sandkeep.server.snapshots;

import dev.sandkeep.server.computes.ComputeLedger;
import dev.sandkeep.server.computes.ComputeState;
import dev.sandkeep.server.platform.errors.ProblemCode;
import dev.sandkeep.spi.ComputeId;
import dev.sandkeep.spi.ProviderException;
import dev.sandkeep.spi.SandboxProvider;
import java.time.Duration;

/** Ends everything in the compute: nothing that was looked at can be changed before it is captured. */
final class StopBuildCompute {
    private static final Duration GRACE = Duration.ofSeconds(5);

    private final SandboxProvider provider;
    private final ComputeLedger computes;

    StopBuildCompute(SandboxProvider provider, ComputeLedger computes) {
        this.provider = provider;
        this.computes = computes;
    }

    void run(ComputeId compute) throws InterruptedException {
        try {
            computes.move(compute, ComputeState.STOPPING);
            ProviderCalls.call("stop", () -> provider.stop(compute, GRACE));
            computes.move(compute, ComputeState.STOPPED);
        } catch (ProviderException failure) {
            throw StepFailed.of(failure, ProblemCode.CAPTURE_FAILED);
        }
    }
}
