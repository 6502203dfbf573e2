package dev.sandkeep.linux.volumes;

import dev.sandkeep.spi.VolumeSpec;
import java.util.List;

/**
 * {@code volume.json}: says whose directory this is.
 *
 * @param format of everything in the directory; {@value #FORMAT} here
 * @param id the volume's
 * @param sandbox that it belongs to
 * @param paths that it keeps
 */
record VolumeMarker(int format, String id, String sandbox, List<String> paths) {
    static final int FORMAT = 1;

    VolumeMarker {
        paths = List.copyOf(paths);
    }

    static VolumeMarker of(VolumeSpec spec) {
        return new VolumeMarker(FORMAT, spec.id().value(), spec.sandbox(), spec.places());
    }
}
