package dev.sandkeep.server.reconciler;

import dev.sandkeep.server.computes.Compute;
import dev.sandkeep.server.computes.ComputeLedger;
import dev.sandkeep.server.computes.ComputeReaper;
import dev.sandkeep.server.computes.ComputeState;
import dev.sandkeep.server.findings.Difference;
import dev.sandkeep.server.platform.data.DataDirectory;
import dev.sandkeep.server.snapshots.SnapshotSweep;
import dev.sandkeep.server.snapshots.Snapshots;
import dev.sandkeep.server.volumes.Volume;
import dev.sandkeep.server.volumes.Volumes;
import dev.sandkeep.spi.ComputeId;
import dev.sandkeep.spi.HostResource;
import dev.sandkeep.spi.ImageDescription;
import dev.sandkeep.spi.SandboxProvider;
import dev.sandkeep.spi.VolumeId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.springframework.stereotype.Component;

/**
 * Compares, in both directions, what the rows of this data directory say with what its host and its stores hold. What somebody
 * works on is no leak. Looks, and changes nothing.
 *
 * <p>What is there is listed before the rows are read: a row is written before what it stands for is made, so whatever is
 * listed and has a right to be there has its row by then. The other direction is confirmed by a second look, because what a
 * row stands for may be made or removed in between.
 */
@Component
public class Leaks {
    private static final String SNAPSHOT_PREFIX = "snp_";
    private static final String ROW = Difference.ROW;
    static final String IMAGE = "IMAGE";
    /** Every kind that a look may find. */
    static final Set<String> KINDS = Stream.concat(
                    Arrays.stream(HostResource.Kind.values()).map(Enum::name), Stream.of(IMAGE, "VOLUME", ROW))
            .collect(Collectors.toUnmodifiableSet());

    private final SandboxProvider provider;
    private final Volumes volumes;
    private final Snapshots snapshots;
    private final SnapshotSweep attempts;
    private final ComputeLedger ledger;
    private final ComputeReaper computes;
    private final DataDirectory data;

    Leaks(
            SandboxProvider provider,
            Volumes volumes,
            Snapshots snapshots,
            SnapshotSweep attempts,
            ComputeLedger ledger,
            ComputeReaper computes,
            DataDirectory data) {
        this.provider = provider;
        this.volumes = volumes;
        this.snapshots = snapshots;
        this.attempts = attempts;
        this.ledger = ledger;
        this.computes = computes;
        this.data = data;
    }

    /** What the host and the stores hold. */
    private record Found(
            List<HostResource> resources, Set<ComputeId> computes, Set<String> images, Set<VolumeId> volumes) {}

    /** Looks once. */
    public List<Leak> look() {
        Found found = find();
        List<Leak> leaks = new ArrayList<>();
        leaks.addAll(onHost(found));
        leaks.addAll(imagesWithoutRow(found.images()));
        leaks.addAll(volumesWithoutRow(found));
        List<Leak> unmet = rowsWithout(found);
        if (!unmet.isEmpty()) {
            unmet.retainAll(rowsWithout(find()));
        }
        leaks.addAll(unmet);
        return leaks;
    }

    private Found find() {
        return new Found(
                provider.resources(), Set.copyOf(provider.listComputes()), images(), Set.copyOf(volumes.inBackend()));
    }

    private Set<String> images() {
        return provider.listImages().stream()
                .map(ImageDescription::id)
                .map(Object::toString)
                .collect(Collectors.toSet());
    }

    /** Looks once at images alone. */
    List<Leak> lookAtImages() {
        return imagesWithoutRow(images());
    }

    private List<Leak> onHost(Found found) {
        Map<HostResource, Optional<ComputeId>> owners = found.resources().stream()
                .collect(Collectors.toMap(
                        it -> it, it -> it.owner().flatMap(ComputeReaper::named), (one, other) -> one));
        Set<ComputeId> all = new HashSet<>(found.computes());
        owners.values().forEach(owner -> owner.ifPresent(all::add));
        Set<ComputeId> claimed = computes.claimed(all);
        List<Leak> leaks = new ArrayList<>();
        found.resources().forEach(resource -> {
            Optional<ComputeId> owner = owners.getOrDefault(resource, Optional.empty());
            if (owner.isEmpty() || !claimed.contains(owner.get())) {
                leaks.add(
                        owner.isEmpty()
                                ? Leak.forPerson(
                                        resource.kind().name(),
                                        resource.name(),
                                        resource.owner().orElse(""),
                                        "nothing says whose it is",
                                        "find out what made it, and remove it by hand")
                                : Leak.forServer(
                                        resource.kind().name(),
                                        resource.name(),
                                        owner.get().name(),
                                        "nothing runs or works under this name",
                                        "destroy compute " + owner.get() + " after the grace time"));
            }
        });
        return leaks;
    }

    private List<Leak> imagesWithoutRow(Set<String> found) {
        Set<String> known = new HashSet<>(snapshots.images(data.installation()));
        known.addAll(attempts.imagesOfAttempts());
        return found.stream()
                .filter(image -> image.startsWith(SNAPSHOT_PREFIX) && !known.contains(image))
                .map(image -> Leak.forServer(
                        IMAGE,
                        image,
                        "",
                        "no snapshot and no attempt has this image",
                        "remove it after the grace time"))
                .toList();
    }

    private List<Leak> volumesWithoutRow(Found found) {
        Set<VolumeId> known =
                volumes.existingIn(data.installation()).stream().map(Volume::id).collect(Collectors.toSet());
        return found.volumes().stream()
                .filter(volume -> !known.contains(volume))
                .map(volume -> Leak.forPerson(
                        "VOLUME",
                        volume.value(),
                        "",
                        "no sandbox has this volume",
                        "it may be all that is left of somebody's work: keep it, or remove its directory by hand"))
                .toList();
    }

    private List<Leak> rowsWithout(Found found) {
        List<Leak> leaks = new ArrayList<>();
        Collection<Compute> left = ledger.leftIn(data.installation());
        Set<ComputeId> claimed = computes.claimed(left.stream().map(Compute::id).toList());
        for (Compute compute : left) {
            if (compute.state() == ComputeState.RUNNING
                    && claimed.contains(compute.id())
                    && !found.computes().contains(compute.id())) {
                leaks.add(Leak.forServer(
                        ROW,
                        compute.id().name(),
                        compute.id().sandbox(),
                        "its compute is not on the host",
                        "end its sandbox or its attempt as one that lost its compute"));
            } else if (!claimed.contains(compute.id())) {
                leaks.add(Leak.forServer(
                        ROW,
                        compute.id().name(),
                        compute.id().sandbox(),
                        "its compute is not proven to be destroyed",
                        "destroy it"));
            }
        }
        for (Volume volume : volumes.existingIn(data.installation())) {
            if (volume.provisioned() && !found.volumes().contains(volume.id())) {
                leaks.add(Leak.forPerson(
                        ROW,
                        volume.id().value(),
                        volume.sandbox(),
                        "its volume is not in the store",
                        "mount or restore the store; the session cannot be resumed without it"));
            }
        }
        for (String image : snapshots.images(data.installation())) {
            if (!found.images().contains(image)) {
                leaks.add(Leak.forPerson(
                        ROW,
                        image,
                        "",
                        "its image is not on the host",
                        "refresh the snapshots of its profile; sandboxes on it cannot be resumed without it"));
            }
        }
        return leaks;
    }
}
