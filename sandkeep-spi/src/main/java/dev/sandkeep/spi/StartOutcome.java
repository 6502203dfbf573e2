package dev.sandkeep.spi;

/** What became of {@link SandboxProvider#start}. */
public sealed interface StartOutcome {
    /**
     * The compute runs.
     *
     * @param adopted whether it ran already when the call came, so that the call changed nothing
     */
    record Started(RunningCompute compute, boolean adopted) implements StartOutcome {}

    /** The image to start from does not exist; nothing was started. */
    record ImageMissing(ImageId image) implements StartOutcome {}

    /** A newer generation of the same sandbox has been seen; nothing was started. */
    record Fenced(int newestGeneration) implements StartOutcome {}

    /**
     * The host cannot start it, and starting it again unchanged will not help.
     *
     * @param code stable, for example {@code persisted_path_unusable}
     * @param reason one sentence, fit to show to the user, with the next step
     */
    record Refused(String code, String reason) implements StartOutcome {}
}
