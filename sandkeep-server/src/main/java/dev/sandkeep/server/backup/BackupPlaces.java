package dev.sandkeep.server.backup;

import dev.sandkeep.server.platform.config.SandkeepProperties;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;

/**
 * Which part of an installation lies where.
 *
 * @param data the data directory
 * @param volumes where the volume backend stores persisted paths
 */
record BackupPlaces(Path data, Path volumes) {
    static final String LAYERS = "layers";
    static final String VOLUMES = "volumes";
    static final String POSTGRES = "postgres";

    private static final String SETTING = "volumes.directory";
    /** What has an archive of its own, what a loss of power takes as well, and what belongs to processes. */
    private static final Set<String> NOT_THE_REST = Set.of(
            LAYERS,
            VOLUMES,
            POSTGRES,
            "sandboxes",
            "tmp",
            "locks",
            "servers",
            "server.json",
            "server.log",
            StoppedServer.MARKER,
            "lost+found");

    /** As the settings say. */
    static BackupPlaces of(SandkeepProperties properties) {
        String set = properties.settingsOf(properties.volumesBackend()).get(SETTING);
        Path data = properties.data();
        return new BackupPlaces(data, set == null ? data.resolve(VOLUMES) : Path.of(set));
    }

    /** Whether the volumes are somewhere else than in the data directory. */
    boolean volumesElsewhere() {
        return !volumes.equals(data.resolve(VOLUMES));
    }

    /** Everything else in the data directory. */
    List<String> rest() throws IOException {
        return names(data).stream().filter(name -> !NOT_THE_REST.contains(name)).toList();
    }

    /** Ids of all layers. */
    List<String> layers() throws IOException {
        Path layers = data.resolve(LAYERS);
        return Files.isDirectory(layers) ? names(layers) : List.of();
    }

    /** What the files of a layer are called, and when it got them: committed layers change only by being merged. */
    String fingerprint(String layer) throws IOException {
        Path directory = data.resolve(LAYERS).resolve(layer);
        return Files.getLastModifiedTime(directory) + " " + names(directory);
    }

    private static List<String> names(Path directory) throws IOException {
        List<String> names = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            for (Path entry : entries) {
                names.add(entry.getFileName().toString());
            }
        }
        Collections.sort(names);
        return names;
    }
}
