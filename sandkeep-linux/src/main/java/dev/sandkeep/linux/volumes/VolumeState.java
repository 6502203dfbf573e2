package dev.sandkeep.linux.volumes;

import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * {@code state.json}: what changes about a volume.
 *
 * @param newestGeneration that was ever seen; 0 at first
 * @param holder the generation that holds the volume; 0 when none does
 * @param checkpoint the newest; null before the first
 * @param sequence of the newest checkpoint; 0 before the first
 * @param base the checkpoint on which the holder's head lies; empty for none, and on a volume that nobody holds
 * @param making the checkpoint that is being made beside the head; null for none
 */
record VolumeState(
        int newestGeneration,
        int holder,
        @Nullable String checkpoint,
        long sequence,
        @Nullable String base,
        @Nullable String making) {
    static final VolumeState PROVISIONED = new VolumeState(0, 0, null, 0, "", null);

    VolumeState {
        if (base == null) {
            // Written before holders could be checkpointed: then the newest was what the head lay on.
            base = holder == 0 || checkpoint == null ? "" : checkpoint;
        }
    }

    /** Of a new volume that begins with one checkpoint. */
    static VolumeState beginning(String checkpoint) {
        return new VolumeState(0, 0, checkpoint, 1, "", null);
    }

    OptionalInt heldBy() {
        return holder == 0 ? OptionalInt.empty() : OptionalInt.of(holder);
    }

    boolean heldBy(int generation) {
        return holder == generation;
    }

    /** What the holder's head lies on, or what the next one will. */
    Optional<String> under() {
        if (holder == 0) {
            return Optional.ofNullable(checkpoint);
        }
        return Optional.ofNullable(base).filter(it -> !it.isEmpty());
    }

    VolumeState attached(int generation) {
        return new VolumeState(
                Math.max(newestGeneration, generation),
                generation,
                checkpoint,
                sequence,
                checkpoint == null ? "" : checkpoint,
                null);
    }

    VolumeState free(int generation) {
        return new VolumeState(Math.max(newestGeneration, generation), 0, checkpoint, sequence, "", null);
    }

    /** Free, with {@code manifest} as the newest checkpoint. */
    VolumeState committed(CheckpointManifest manifest) {
        return new VolumeState(
                Math.max(newestGeneration, manifest.generation()), 0, manifest.id(), manifest.sequence(), "", null);
    }

    /** About to make the checkpoint {@code id}; null for none. */
    VolumeState making(@Nullable String id) {
        return new VolumeState(newestGeneration, holder, checkpoint, sequence, base, id);
    }

    /** Held as before, or not, with {@code manifest} as the newest checkpoint. */
    VolumeState with(CheckpointManifest manifest) {
        return new VolumeState(newestGeneration, holder, manifest.id(), manifest.sequence(), base, null);
    }
}
