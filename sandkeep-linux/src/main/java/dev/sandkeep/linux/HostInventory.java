package dev.sandkeep.linux;

import dev.sandkeep.linux.computes.ComputeStore;
import dev.sandkeep.linux.kernel.Mounts;
import dev.sandkeep.linux.runtime.ControlGroups;
import dev.sandkeep.linux.runtime.OciRuntime;
import dev.sandkeep.linux.slots.SlotPool;
import dev.sandkeep.spi.ComputeId;
import dev.sandkeep.spi.HostResource;
import dev.sandkeep.spi.HostResource.Kind;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Lists what this installation has on the host, each with the compute it was made for. */
final class HostInventory {
    private final Path data;
    private final ComputeStore computes;
    private final OciRuntime runtime;
    private final ControlGroups cgroups;
    private final SlotPool slots;

    HostInventory(Path data, ComputeStore computes, OciRuntime runtime, ControlGroups cgroups, SlotPool slots) {
        this.data = data;
        this.computes = computes;
        this.runtime = runtime;
        this.cgroups = cgroups;
        this.slots = slots;
    }

    List<HostResource> everything() {
        List<HostResource> found = new ArrayList<>();
        for (ComputeId id : computes.list()) {
            found.add(new HostResource(Kind.DIRECTORY, computes.directory(id).toString(), Optional.of(id.name())));
        }
        for (String container : runtime.containers()) {
            found.add(new HostResource(Kind.CONTAINER, container, Optional.of(container)));
        }
        for (String name : cgroups.computes()) {
            found.add(new HostResource(Kind.CGROUP, cgroups.pathOf(name), Optional.of(name)));
            for (long pid : cgroups.processes(name)) {
                found.add(new HostResource(Kind.PROCESS, Long.toString(pid), Optional.of(name)));
            }
        }
        for (Path mount : Mounts.below(data.resolve("sandboxes"))) {
            found.add(new HostResource(Kind.MOUNT, mount.toString(), ownerOf(mount)));
        }
        found.addAll(slots.resources());
        return found;
    }

    private Optional<String> ownerOf(Path mount) {
        Path below = data.resolve("sandboxes").relativize(mount);
        return below.getNameCount() < 2 ? Optional.empty() : Optional.of(below.getName(0) + "-" + below.getName(1));
    }
}
