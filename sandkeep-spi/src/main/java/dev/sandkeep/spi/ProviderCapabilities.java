package dev.sandkeep.spi;

import java.time.Duration;
import java.util.Optional;

/**
 * What a provider can do beyond starting and stopping.
 *
 * @param name as the configuration chose it
 * @param layeredVolumes whether it mounts {@link VolumeMount}s; without it sandboxes are ephemeral
 * @param capture whether it can make images of stopped computes
 * @param accessListsKept whether access lists (ACLs) that name users or groups come back exactly from an image or a volume. Where
 *     not, everything else does, and those names read as nobody's
 * @param longestLife after which the provider ends a compute by itself; empty when it never does
 * @param description one line for people: runtime, its version, cgroup layout
 */
public record ProviderCapabilities(
        String name,
        boolean layeredVolumes,
        boolean capture,
        boolean accessListsKept,
        Optional<Duration> longestLife,
        String description) {}
