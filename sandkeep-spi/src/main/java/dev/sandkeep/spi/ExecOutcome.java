package dev.sandkeep.spi;

/** What became of {@link SandboxProvider#exec}. */
public sealed interface ExecOutcome {
    /** The command was started; the caller owns and closes {@code process}. */
    record Executing(ExecProcess process) implements ExecOutcome {}

    /** The compute is not running. */
    record NotRunning() implements ExecOutcome {}
}
