package dev.sandkeep.spi;

/** What became of {@link SandboxProvider#pause} and {@link SandboxProvider#unpause}. */
public enum PauseOutcome {
    /** It is as asked for now. */
    DONE,
    /** It was as asked for before. */
    ALREADY,
    /** It has stopped; nothing was changed. */
    NOT_RUNNING,
    /** The host knows nothing of it. */
    MISSING
}
