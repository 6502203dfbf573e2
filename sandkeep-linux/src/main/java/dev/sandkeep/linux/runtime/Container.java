package dev.sandkeep.linux.runtime;

import dev.sandkeep.linux.slots.Slot;
import dev.sandkeep.spi.Limits;
import java.nio.file.Path;
import java.util.Map;

/**
 * A container to be, as the provider prepared it.
 *
 * @param name of the container, the compute's name
 * @param bundle directory for {@code config.json}, with {@code rootfs} mounted in it, {@code run} shown under
 *     {@code /run/sandkeep}, and the files {@code resolv.conf}, {@code hosts} and {@code hostname}
 * @param slot whose namespaces it joins
 * @param cgroup path below the cgroup root, starting with a slash
 */
public record Container(
        String name, Path bundle, Slot slot, Limits limits, Map<String, String> environment, String cgroup) {
    public Container {
        environment = Map.copyOf(environment);
    }

    /** Where the root file system is mounted. */
    public Path root() {
        return bundle.resolve("rootfs");
    }
}
