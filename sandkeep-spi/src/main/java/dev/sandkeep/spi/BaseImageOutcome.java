package dev.sandkeep.spi;

/** What became of {@link SandboxProvider#ensureBaseImage}. */
public sealed interface BaseImageOutcome {
    /**
     * The image can be started from.
     *
     * @param image its name
     * @param digest identifies the content that was fetched or built ({@code sha256:…})
     * @param reused whether it had been there before this call
     */
    record Ready(ImageId image, String digest, boolean reused) implements BaseImageOutcome {}

    /**
     * The image cannot be had.
     *
     * @param reason one sentence, fit to show to the user
     * @param retryable whether the same call may succeed later (a network fault) or not (no such suite)
     */
    record Unavailable(String reason, boolean retryable) implements BaseImageOutcome {}
}
