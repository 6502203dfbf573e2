package dev.sandkeep.spi;

/** What became of {@link SandboxProvider#stop}. In every case no process of the compute is alive afterwards. */
public sealed interface StopOutcome {
    /**
     * It ran and was ended.
     *
     * @param forced whether something was still alive after the grace time and was killed
     */
    record Stopped(boolean forced) implements StopOutcome {}

    /** It had ended before. */
    record AlreadyStopped() implements StopOutcome {}

    /** The host knows nothing of it. */
    record Missing() implements StopOutcome {}
}
