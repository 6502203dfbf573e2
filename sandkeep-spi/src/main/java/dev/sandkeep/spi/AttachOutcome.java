package dev.sandkeep.spi;

import java.util.List;
import java.util.Optional;

/** What became of {@link VolumeBackend#attach}. */
public sealed interface AttachOutcome {
    /**
     * The volume belongs to that generation now.
     *
     * @param mounts one for each persisted path, in the volume's order
     * @param base the durable point that it continues from; empty on the first attach
     * @param repeated whether that generation had attached it before; what it wrote since is there
     */
    record Attached(List<VolumeMount> mounts, Optional<DurablePoint> base, boolean repeated) implements AttachOutcome {
        public Attached {
            mounts = List.copyOf(mounts);
        }
    }

    /** An older generation holds it: prove its compute dead, {@link VolumeBackend#detach} it, then attach. */
    record HeldBy(int generation) implements AttachOutcome {}

    /** A newer generation has been seen; nothing was changed. */
    record Fenced(int newestGeneration) implements AttachOutcome {}

    /** It must not be used; nothing was changed. */
    record Damaged(VolumeDamage damage) implements AttachOutcome {}

    /** There is no such volume. */
    record Missing() implements AttachOutcome {}
}
