package dev.sandkeep.spi;

import java.nio.file.Path;
import java.util.List;

/**
 * One persisted path of an attached volume, for the provider to mount over the same path of the image.
 *
 * <p>What the sandbox sees is a stack: {@code upper} takes every write; below it the {@code committed} directories, newest
 * first; below them the same path in the image. Absence in all of {@code committed} therefore shows what the setup script
 * prepared, and attaching copies nothing.
 *
 * <p>Before the first write the provider gives {@code head} (the directory that holds {@code upper} and {@code work}) to the
 * first id of the range that will write, as owner and group. That is how the backend learns, from the disk alone and after
 * any crash, in whose ids the files under {@code upper} are stored.
 *
 * @param path absolute path in the sandbox
 * @param head private to this attachment and generation, on one file system with upper and work
 * @param upper holds what this generation changed, in overlayfs's on-disk form
 * @param work overlayfs's scratch directory
 * @param committed immutable directories in the same form, newest first
 */
public record VolumeMount(String path, Path head, Path upper, Path work, List<Committed> committed) {
    public VolumeMount {
        committed = List.copyOf(committed);
    }

    /**
     * An immutable directory and the ids it is stored in.
     *
     * @param directory on the host
     * @param owner the range whose ids stand on the files
     */
    public record Committed(Path directory, IdRange owner) {}
}
