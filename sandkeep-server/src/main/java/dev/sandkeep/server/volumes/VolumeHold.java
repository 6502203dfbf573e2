package dev.sandkeep.server.volumes;

import dev.sandkeep.spi.DurablePoint;
import dev.sandkeep.spi.VolumeMount;
import java.util.List;
import java.util.Optional;

/** What became of {@link Volumes#attach}, where it is not a failure. */
public sealed interface VolumeHold {
    /**
     * The generation holds it.
     *
     * @param mounts for the provider
     * @param base the durable point that it continues from; empty on the first attach
     */
    record Held(List<VolumeMount> mounts, Optional<DurablePoint> base) implements VolumeHold {
        public Held {
            mounts = List.copyOf(mounts);
        }
    }

    /** The backend says that an older generation holds it, whatever our row says: prove that one dead and detach it first. */
    record HeldByOlder(int generation) implements VolumeHold {}
}
