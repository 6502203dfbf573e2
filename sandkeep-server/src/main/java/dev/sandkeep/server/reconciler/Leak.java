package dev.sandkeep.server.reconciler;

/**
 * Something that belongs to nothing, or something that should be there and is not.
 *
 * @param kind what it is: a {@link dev.sandkeep.spi.HostResource.Kind}, {@code IMAGE}, {@code VOLUME}, {@code CHECKPOINT} or
 *     {@code ROW}
 * @param name how an operator finds it: a path, an interface, an id
 * @param owner whose it was, as far as is known; empty otherwise
 * @param reason why it counts as a leak, in one sentence
 */
public record Leak(String kind, String name, String owner, String reason) {}
