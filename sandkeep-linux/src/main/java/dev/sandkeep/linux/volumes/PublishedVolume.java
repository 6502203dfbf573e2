package dev.sandkeep.linux.volumes;

import dev.sandkeep.spi.DurablePoint;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * {@code volume.json} in a {@link CopyStore}: all that is durable of a volume whose files are copied there, replaced as a whole.
 *
 * @param format of the copies; {@value #FORMAT} here
 * @param token another one for each content, by which a working copy knows what it was made of
 * @param marker what the volume is
 * @param state who holds it, and its newest checkpoint
 * @param checkpoints all that the volume stands on, its own and others', in no order
 */
record PublishedVolume(int format, String token, VolumeMarker marker, VolumeState state, List<Entry> checkpoints) {
    static final int FORMAT = 1;

    PublishedVolume {
        checkpoints = List.copyOf(checkpoints);
    }

    /**
     * One checkpoint.
     *
     * @param manifest as it was when it was made
     * @param removed whether it only holds layers for others
     * @param pack where its files are; null when it holds none itself
     */
    record Entry(
            CheckpointManifest manifest,
            boolean removed,
            @Nullable Pack pack) {
        Optional<Pack> files() {
            return Optional.ofNullable(pack);
        }
    }

    /**
     * The archive of a checkpoint's files.
     *
     * @param key its name: the volume that made the checkpoint, and the checkpoint
     * @param bytes its length
     * @param sha256 of all of it, in hex
     */
    record Pack(String key, long bytes, String sha256) {}

    /** Whether the same stands in both, whenever it was written. */
    boolean sameAs(PublishedVolume other) {
        return marker.equals(other.marker) && state.equals(other.state) && sorted().equals(other.sorted());
    }

    private List<Entry> sorted() {
        return checkpoints.stream()
                .sorted(Comparator.comparing(entry -> entry.manifest().id()))
                .toList();
    }

    Optional<Entry> find(String checkpoint) {
        return checkpoints.stream()
                .filter(entry -> entry.manifest().id().equals(checkpoint))
                .findFirst();
    }

    /** The checkpoints of this volume that are kept, newest first. */
    List<CheckpointManifest> kept() {
        return checkpoints.stream()
                .filter(entry -> !entry.removed())
                .map(Entry::manifest)
                .filter(manifest -> manifest.volume().equals(marker.id()) && manifest.sequence() <= state.sequence())
                .sorted(Comparator.comparingLong(CheckpointManifest::sequence).reversed())
                .toList();
    }

    Optional<DurablePoint> point() {
        return Optional.ofNullable(state.checkpoint())
                .flatMap(this::find)
                .map(entry -> entry.manifest().point());
    }
}
