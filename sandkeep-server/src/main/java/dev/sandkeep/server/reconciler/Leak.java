package dev.sandkeep.server.reconciler;

import dev.sandkeep.server.findings.Difference;

/**
 * Something that belongs to nothing, or something that should be there and is not.
 *
 * @param kind what it is: a {@link dev.sandkeep.spi.HostResource.Kind}, {@code IMAGE}, {@code VOLUME}, {@code CHECKPOINT} or
 *     {@code ROW}
 * @param name how an operator finds it: a path, an interface, an id
 * @param owner whose it was, as far as is known; empty otherwise
 * @param reason why it counts as a leak, in one sentence
 * @param remedy {@code server} when the reconciler puts it right by itself, {@code person} when somebody has to look
 * @param action what is to be done
 */
public record Leak(String kind, String name, String owner, String reason, String remedy, String action) {
    static Leak forServer(String kind, String name, String owner, String reason, String action) {
        return new Leak(kind, name, owner, reason, "server", action);
    }

    static Leak forPerson(String kind, String name, String owner, String reason, String action) {
        return new Leak(kind, name, owner, reason, "person", action);
    }

    Difference difference() {
        return new Difference(kind, name, owner, reason, remedy.equals("person"), action);
    }
}
