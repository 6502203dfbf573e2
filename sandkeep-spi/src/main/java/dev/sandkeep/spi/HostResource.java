package dev.sandkeep.spi;

import java.util.Optional;

/**
 * Something on a host that exists because of this installation and must belong to some row.
 *
 * @param kind what it is
 * @param name how an operator finds it: a path, an interface, a container or a process id
 * @param owner the compute it was made for; empty when nothing says so
 */
public record HostResource(Kind kind, String name, Optional<String> owner) {
    /** What kinds of thing can be left behind. */
    public enum Kind {
        CONTAINER,
        PROCESS,
        MOUNT,
        CGROUP,
        NETWORK,
        DIRECTORY,
        SLOT
    }
}
