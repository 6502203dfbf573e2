package dev.sandkeep.linux.volumes;

import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * {@code state.json}: what changes about a volume.
 *
 * @param newestGeneration that was ever seen; 0 at first
 * @param holder the generation that holds the volume; 0 when none does
 * @param checkpoint the newest; null before the first
 * @param sequence of the newest checkpoint; 0 before the first
 */
record VolumeState(
        int newestGeneration, int holder, @Nullable String checkpoint, long sequence) {
    static final VolumeState PROVISIONED = new VolumeState(0, 0, null, 0);

    OptionalInt heldBy() {
        return holder == 0 ? OptionalInt.empty() : OptionalInt.of(holder);
    }

    boolean heldBy(int generation) {
        return holder == generation;
    }

    VolumeState attached(int generation) {
        return new VolumeState(Math.max(newestGeneration, generation), generation, checkpoint, sequence);
    }

    VolumeState free(int generation) {
        return new VolumeState(Math.max(newestGeneration, generation), 0, checkpoint, sequence);
    }

    /** Free, with {@code manifest} as the newest checkpoint. */
    VolumeState committed(CheckpointManifest manifest) {
        return new VolumeState(
                Math.max(newestGeneration, manifest.generation()), 0, manifest.id(), manifest.sequence());
    }
}
