package dev.sandkeep.linux.volumes;

import java.time.InstantSource;

/**
 * What the work on one volume needs.
 *
 * @param limits what the file system enforces
 * @param sizes of layers, as far as they are known
 * @param clock says when things became durable
 * @param listener is told of each step that is done
 */
record VolumeParts(
        VolumeDirectory directory,
        VolumeMarker marker,
        History history,
        Heads heads,
        Trash trash,
        SharedLayers shared,
        SizeLimits limits,
        VolumeSize.Committed sizes,
        InstantSource clock,
        Step.Listener listener) {
    VolumeParts(
            VolumeDirectory directory,
            VolumeMarker marker,
            VolumeStore store,
            InstantSource clock,
            Step.Listener listener) {
        this(
                directory,
                marker,
                new History(directory, marker),
                new Heads(directory, marker.paths(), store.trash()),
                store.trash(),
                store.shared(),
                store.limits(),
                store.sizes(),
                clock,
                listener);
    }
}
