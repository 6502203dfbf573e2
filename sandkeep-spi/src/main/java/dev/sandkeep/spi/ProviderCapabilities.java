package dev.sandkeep.spi;

/**
 * What a provider can do beyond starting and stopping.
 *
 * @param name as the configuration chose it
 * @param layeredVolumes whether it mounts {@link VolumeMount}s; without it sandboxes are ephemeral
 * @param capture whether it can make images of stopped computes
 * @param description one line for people: runtime, its version, cgroup layout
 */
public record ProviderCapabilities(String name, boolean layeredVolumes, boolean capture, String description) {}
