package dev.sandkeep.server.snapshots;

import dev.sandkeep.server.platform.errors.ProblemCode;
import dev.sandkeep.spi.ProviderException;
import java.util.OptionalInt;

/** A step of a build did not do what it is there for. The message names the thing and the cause, without secrets. */
final class StepFailed extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final ProblemCode code;
    private final transient OptionalInt exitCode;
    private final boolean retryable;

    private StepFailed(ProblemCode code, String message, OptionalInt exitCode, boolean retryable) {
        super(message);
        this.code = code;
        this.exitCode = exitCode;
        this.retryable = retryable;
    }

    /** For good: the same again would end the same. */
    static StepFailed forGood(ProblemCode code, String message) {
        return new StepFailed(code, message, OptionalInt.empty(), false);
    }

    /** A command ended with another code than 0. */
    static StepFailed command(ProblemCode code, String message, int exitCode) {
        return new StepFailed(code, message, OptionalInt.of(exitCode), false);
    }

    /** The same may work later. */
    static StepFailed forNow(ProblemCode code, String message) {
        return new StepFailed(code, message, OptionalInt.empty(), true);
    }

    /** The provider threw where {@code code} is what a failure means. */
    static StepFailed of(ProviderException cause, ProblemCode code) {
        StepFailed failed = switch (cause.kind()) {
            case STORAGE_FULL -> forGood(ProblemCode.STORAGE_FULL, String.valueOf(cause.getMessage()));
            case UNAVAILABLE -> forNow(code, String.valueOf(cause.getMessage()));
            case FAULT -> forGood(code, String.valueOf(cause.getMessage()));
        };
        failed.initCause(cause);
        return failed;
    }

    /** As users see it. */
    ProblemCode code() {
        return code;
    }

    /** Of the command that failed, where one did. */
    OptionalInt exitCode() {
        return exitCode;
    }

    /** Whether another attempt is worth it. */
    boolean retryable() {
        return retryable;
    }
}
