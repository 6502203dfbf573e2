package dev.sandkeep.linux.volumes;

import dev.sandkeep.linux.volumes.CheckpointManifest.Content;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Where the parts of one volume are.
 *
 * @param path the directory that has the volume's id as its name
 */
record VolumeDirectory(Path path) {
    /** The name of a checkpoint's manifest, in a head about to become one as well. */
    static final String MANIFEST = "checkpoint.json";

    static final String UPPER = "upper";
    static final String WORK = "work";
    static final String WHOLE = "whole";
    static final String BENEATH = "beneath";
    static final String STACKED = "stack-";

    /** Stands in a checkpoint that was removed but holds layers for others. */
    static final String REMOVED = "removed";

    Path marker() {
        return path.resolve("volume.json");
    }

    Path state() {
        return path.resolve("state.json");
    }

    Path lock() {
        return path.resolve("lock");
    }

    Path heads() {
        return path.resolve("heads");
    }

    Path head(int generation) {
        return heads().resolve(Integer.toString(generation));
    }

    Path checkpoints() {
        return path.resolve("checkpoints");
    }

    Path checkpoint(String id) {
        return checkpoints().resolve(id);
    }

    /** Where a checkpoint is made that does not come of a head. */
    Path making() {
        return path.resolve("making");
    }

    /** The manifest of a checkpoint that is gone but for that. */
    Path past(String id) {
        return path.resolve("past").resolve(id + ".json");
    }

    /** The layers that hold one path in a head or checkpoint, topmost first. */
    static List<Path> layers(Path headOrCheckpoint, int index, Content content) {
        Path place = headOrCheckpoint.resolve(Integer.toString(index));
        return switch (content) {
            case UNCHANGED -> List.of();
            case LAYER -> List.of(place.resolve(UPPER));
            case WHOLE -> List.of(place.resolve(WHOLE), place.resolve(BENEATH));
            case STACK -> stack(place);
        };
    }

    /** As many as there are: that none is missing, the fingerprint tells. */
    private static List<Path> stack(Path place) {
        List<Path> layers = new ArrayList<>();
        for (Path layer = place.resolve(STACKED + 0);
                Files.isDirectory(layer);
                layer = place.resolve(STACKED + layers.size())) {
            layers.add(layer);
        }
        return layers.isEmpty() ? List.of(place.resolve(STACKED + 0)) : layers;
    }
}
