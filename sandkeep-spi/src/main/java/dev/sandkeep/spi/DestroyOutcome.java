package dev.sandkeep.spi;

/** What became of {@link SandboxProvider#destroy}. In every case nothing of the compute is left afterwards. */
public enum DestroyOutcome {
    /** Something was there and is gone. */
    DESTROYED,
    /** Nothing was there. */
    MISSING
}
