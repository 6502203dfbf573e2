package dev.sandkeep.spi;

import java.util.List;

/**
 * What an image takes on disk.
 *
 * @param ownBytes allocated for what only this image brought, each hard-linked file once
 * @param ownFiles names in that: files, directories, links and device nodes
 * @param sharedBytes allocated for the images that it stands on; other images may stand on them as well
 * @param dependents how many images stand directly on this one; while there are any, it cannot be deleted
 * @param depth of how many layers it consists; 1 for an image that stands on nothing
 * @param largest directories that take most of {@code ownBytes}, largest first; one that holds little besides another
 *     directory is left out in favour of that
 */
public record ImageUsage(
        long ownBytes, long ownFiles, long sharedBytes, int dependents, int depth, List<DirectorySize> largest) {
    public ImageUsage {
        largest = List.copyOf(largest);
    }
}
