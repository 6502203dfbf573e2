package dev.sandkeep.server.sessions;

import dev.sandkeep.server.platform.errors.ProblemCode;

/**
 * Why a sandbox is ephemeral although its profile version asks for persistence.
 *
 * @param code stable: {@code organization_disallows_persistence}, {@code provider_without_volumes}
 * @param message one sentence with what to change
 */
public record PersistenceFallback(String code, String message) {
    static PersistenceFallback of(ProblemCode code) {
        return new PersistenceFallback(code.code(), code.sentence() + " " + code.nextStep());
    }
}
