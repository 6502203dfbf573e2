package dev.sandkeep.server.dashboard;

import dev.sandkeep.server.platform.config.SandkeepProperties;
import dev.sandkeep.server.platform.data.DataDirectory;
import java.nio.file.Path;
import org.springframework.stereotype.Component;

/** Where the volume backend stores persisted paths. */
@Component
class VolumePlace {
    /** Where volumes are in the data directory when the backend's setting does not name another place. */
    private static final String INSIDE = "volumes";

    private static final String SETTING = "volumes.directory";

    private final Path path;

    VolumePlace(SandkeepProperties properties, DataDirectory data) {
        String set = properties.settingsOf(properties.volumesBackend()).get(SETTING);
        path = set == null ? data.resolve(INSIDE) : Path.of(set);
    }

    Path path() {
        return path;
    }
}
