package dev.sandkeep.server.organizations;

import java.time.Instant;

/**
 * What an organization says about all its sandboxes.
 *
 * @param allowPersistentSandboxes whether sandboxes whose profile asks for it keep their persisted paths; without it they are
 *     ephemeral, and say so
 */
public record SandboxSettings(boolean allowPersistentSandboxes, Instant updatedAt) {}
