package dev.sandkeep.spi;

/** What became of {@link SandboxProvider#deleteImage}. */
public sealed interface DeleteImageOutcome {
    /** It was there and is gone. */
    record Deleted() implements DeleteImageOutcome {}

    /** Nothing was there. */
    record Missing() implements DeleteImageOutcome {}

    /**
     * Something stands on it; nothing was changed.
     *
     * @param user name of the compute or image that does
     */
    record InUse(String user) implements DeleteImageOutcome {}
}
