package dev.sandkeep.server.volumes;

import dev.sandkeep.spi.CheckpointId;
import dev.sandkeep.spi.DurablePoint;
import dev.sandkeep.spi.PersistedPath;
import dev.sandkeep.spi.VolumeId;
import dev.sandkeep.spi.VolumeSpec;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * One row of {@code volumes}.
 *
 * @param sandbox id of the sandbox that it belongs to
 * @param paths the persisted paths, in the plan's order
 * @param origin where its first content comes from
 * @param firstCheckpoint name of the checkpoint that a fork or an import begins with
 * @param provisioned whether the backend answered that it exists
 * @param deleted whether the backend answered that it is gone
 * @param heldBy the generation that holds it or may hold it
 * @param nextCheckpoint name of the checkpoint that the holder's detach will make; present while it is held
 * @param durable up to where everything is known to be on disk
 */
public record Volume(
        VolumeId id,
        String organization,
        String sandbox,
        List<PersistedPath> paths,
        VolumeOrigin origin,
        Optional<CheckpointId> firstCheckpoint,
        boolean provisioned,
        boolean deleted,
        OptionalInt heldBy,
        Optional<CheckpointId> nextCheckpoint,
        Optional<DurablePoint> durable) {
    public Volume {
        paths = List.copyOf(paths);
    }

    /** As the backend takes it. */
    VolumeSpec spec() {
        return new VolumeSpec(id, sandbox, paths);
    }
}
