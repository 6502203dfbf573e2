package dev.sandkeep.spi;

import java.util.List;

/**
 * A volume to provision.
 *
 * @param id chosen by the caller
 * @param sandbox the sandbox it belongs to
 * @param paths what it keeps, none inside another; fixed for the volume's life
 */
public record VolumeSpec(VolumeId id, String sandbox, List<PersistedPath> paths) {
    public VolumeSpec {
        Names.requireSafe("sandbox id", sandbox);
        paths = List.copyOf(paths);
        if (paths.isEmpty()) {
            throw new IllegalArgumentException("a volume needs at least one path");
        }
    }

    /** A volume that keeps all of {@code paths}, without limits. */
    public static VolumeSpec of(VolumeId id, String sandbox, List<String> paths) {
        return new VolumeSpec(id, sandbox, paths.stream().map(PersistedPath::of).toList());
    }

    /** Where in the sandbox its paths are, in their order. */
    public List<String> places() {
        return paths.stream().map(PersistedPath::path).toList();
    }
}
