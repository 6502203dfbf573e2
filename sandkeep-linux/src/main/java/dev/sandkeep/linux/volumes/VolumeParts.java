package dev.sandkeep.linux.volumes;

import java.time.InstantSource;

/**
 * What the work on one volume needs.
 *
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
        InstantSource clock,
        Step.Listener listener) {
    VolumeParts(
            VolumeDirectory directory,
            VolumeMarker marker,
            Trash trash,
            SharedLayers shared,
            InstantSource clock,
            Step.Listener listener) {
        this(
                directory,
                marker,
                new History(directory, marker),
                new Heads(directory, marker.paths(), trash),
                trash,
                shared,
                clock,
                listener);
    }
}
