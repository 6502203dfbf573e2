package dev.sandkeep.spi;

/** What a provider found under a compute's name. */
public sealed interface InspectOutcome {
    /** Its first process is alive. */
    record Running(RunningCompute compute) implements InspectOutcome {}

    /**
     * No process of it is alive, but its writable files are still there to {@link SandboxProvider#capture} or
     * {@link SandboxProvider#destroy}.
     *
     * @param cause what is known of the end, for people: {@code stopped}, {@code killed}, {@code disk_limit_exceeded},
     *     {@code file_limit_exceeded}
     */
    record Stopped(String cause) implements InspectOutcome {}

    /** The host positively knows nothing of it. A host that cannot be asked throws instead. */
    record Missing() implements InspectOutcome {}
}
