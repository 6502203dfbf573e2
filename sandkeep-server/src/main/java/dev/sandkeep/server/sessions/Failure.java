package dev.sandkeep.server.sessions;

import dev.sandkeep.server.platform.errors.ProblemCode;
import dev.sandkeep.server.platform.errors.SandkeepException;
import dev.sandkeep.spi.ProviderException;

/**
 * Why a sandbox is not what it was asked to be.
 *
 * @param code stable; from {@link ProblemCode}, or the provider's own for a start that it refuses
 * @param message names the thing and the cause, without secrets
 * @param nextStep what to do about it
 */
public record Failure(String code, String message, String nextStep) {
    /** With the catalogue's next step. */
    static Failure of(ProblemCode code, String message) {
        return new Failure(code.code(), message, code.nextStep());
    }

    /** What an exception of our own says. */
    static Failure of(SandkeepException cause) {
        return new Failure(cause.code().code(), String.valueOf(cause.getMessage()), cause.nextStep());
    }

    /** What a provider's exception means; {@code otherwise} when it is not about storage. */
    static Failure of(ProviderException cause, ProblemCode otherwise) {
        return of(
                cause.kind() == ProviderException.Kind.STORAGE_FULL ? ProblemCode.STORAGE_FULL : otherwise,
                String.valueOf(cause.getMessage()));
    }
}
