package dev.sandkeep.server.snapshots;

import dev.sandkeep.server.platform.errors.ProblemCode;
import dev.sandkeep.spi.BaseImageOutcome;
import dev.sandkeep.spi.ProviderException;
import dev.sandkeep.spi.SandboxProvider;

/** Makes the plan's base image exist. It is shared by all profiles, so mostly it does already. */
final class EnsureBaseImage {
    private final SandboxProvider provider;

    EnsureBaseImage(SandboxProvider provider) {
        this.provider = provider;
    }

    BaseImage run(Build build) throws InterruptedException {
        String description = build.plan().baseImage().description();
        build.log().system("Base image: " + description);
        BaseImageOutcome outcome;
        try {
            outcome = ProviderCalls.call(
                    "base-image",
                    () -> provider.ensureBaseImage(
                            build.plan().baseImage().source(),
                            line -> build.log().progress(line)));
        } catch (ProviderException failure) {
            throw StepFailed.of(failure, ProblemCode.BASE_IMAGE_UNAVAILABLE);
        }
        return switch (outcome) {
            case BaseImageOutcome.Ready ready -> {
                BaseImage base = new BaseImage(ready.image(), ready.digest());
                build.log()
                        .system((ready.reused() ? "Reusing " : "Made ") + ready.image() + " (" + ready.digest() + ")");
                yield base;
            }
            case BaseImageOutcome.Unavailable unavailable -> {
                String message = "The base image (" + description + ") cannot be had: " + unavailable.reason();
                throw unavailable.retryable()
                        ? StepFailed.forNow(ProblemCode.BASE_IMAGE_UNAVAILABLE, message)
                        : StepFailed.forGood(ProblemCode.BASE_IMAGE_UNAVAILABLE, message);
            }
        };
    }
}
