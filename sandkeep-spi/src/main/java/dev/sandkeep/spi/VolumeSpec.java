package dev.sandkeep.spi;

import java.util.List;

/**
 * A volume to provision.
 *
 * @param id chosen by the caller
 * @param sandbox the sandbox it belongs to
 * @param paths the persisted paths, absolute, none inside another; fixed for the volume's life
 */
public record VolumeSpec(VolumeId id, String sandbox, List<String> paths) {
    public VolumeSpec {
        Names.requireSafe("sandbox id", sandbox);
        paths = List.copyOf(paths);
        if (paths.isEmpty()) {
            throw new IllegalArgumentException("a volume needs at least one path");
        }
    }
}
