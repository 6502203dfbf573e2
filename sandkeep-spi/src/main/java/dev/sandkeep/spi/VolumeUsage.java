package dev.sandkeep.spi;

import java.util.List;

/**
 * What a volume takes on disk.
 *
 * @param bytes allocated for everything that it needs, each hard-linked file once
 * @param sharedBytes of those, what other volumes need as well: deleting this one does not free them
 * @param files files, directories, links and device nodes
 * @param checkpoints how many are kept
 * @param paths each persisted path, in the volume's order
 * @param largest the directories that hold most, by their place in the sandbox, largest first
 */
public record VolumeUsage(
        long bytes,
        long sharedBytes,
        long files,
        int checkpoints,
        List<PathPressure> paths,
        List<DirectorySize> largest) {
    public VolumeUsage {
        paths = List.copyOf(paths);
        largest = List.copyOf(largest);
    }
}
