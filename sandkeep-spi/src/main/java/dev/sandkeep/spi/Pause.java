package dev.sandkeep.spi;

/**
 * Holds the sandbox still whose volume is being checkpointed; given to {@link VolumeBackend#checkpoint} by the caller, who alone
 * knows the compute: usually {@link SandboxProvider#pause} and {@link SandboxProvider#unpause}.
 *
 * <p>The backend calls it on the thread of the call, {@code begin} and {@code end} in turns, never twice the same in a row, and
 * always {@code end} after a {@code begin} that returned, whatever happens in between. It may do so more than once in one call:
 * a moment at first, which ends every write that is under way, and once more to copy what changed meanwhile.
 */
public interface Pause {
    /** For a compute that is known not to run. */
    Pause NOTHING_RUNS = new Pause() {
        @Override
        public void begin() {}

        @Override
        public void end() {}
    };

    /**
     * Returns when no process of the compute runs and none is inside a system call that writes.
     *
     * @throws ProviderException to give the checkpoint up; nothing of it will be left
     */
    void begin();

    /** Lets it go on. What it throws ends the call, but a checkpoint that was committed by then stays. */
    void end();
}
