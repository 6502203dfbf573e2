package dev.sandkeep.server.organizations;

import io.swagger.v3.oas.annotations.media.Schema;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What an organization says about all its sandboxes.
 *
 * @param allowPersistentSandboxes whether sandboxes whose profile asks for it keep their persisted paths; without it they are
 *     ephemeral, and say so
 * @param persistentSandboxesUnavailable why this installation cannot keep persisted paths, whatever is allowed; null when it can
 */
public record SandboxSettings(
        boolean allowPersistentSandboxes,
        Instant updatedAt,
        @Nullable Unavailable persistentSandboxesUnavailable) {

    /**
     * Why persistent sandboxes cannot be had.
     *
     * @param code stable
     * @param message one sentence, with what to change
     */
    @Schema(name = "PersistentSandboxesUnavailable")
    public record Unavailable(String code, String message) {}
}
