package dev.sandkeep.server.volumes;

import dev.sandkeep.spi.CheckpointId;
import dev.sandkeep.spi.DurablePoint;
import dev.sandkeep.spi.VolumeId;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * One row of {@code volumes}.
 *
 * @param sandbox id of the sandbox that it belongs to
 * @param paths the persisted paths, in the plan's order
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
        List<String> paths,
        boolean provisioned,
        boolean deleted,
        OptionalInt heldBy,
        Optional<CheckpointId> nextCheckpoint,
        Optional<DurablePoint> durable) {
    public Volume {
        paths = List.copyOf(paths);
    }
}
