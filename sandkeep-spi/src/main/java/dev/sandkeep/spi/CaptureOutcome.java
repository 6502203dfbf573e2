package dev.sandkeep.spi;

/** What became of {@link SandboxProvider#capture}. */
public sealed interface CaptureOutcome {
    /**
     * The image exists, complete and on disk.
     *
     * @param repeated whether it had been captured from this compute before, so that the call changed nothing
     */
    record Captured(ImageDescription image, boolean repeated) implements CaptureOutcome {}

    /** The compute still runs; stop it first. Nothing was changed. */
    record StillRunning() implements CaptureOutcome {}

    /** The host knows nothing of the compute, and the image does not exist. */
    record Missing() implements CaptureOutcome {}
}
