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
 * <p>The directory at {@code path} itself looks as {@code upper} does: overlayfs takes owner, mode, times and extended
 * attributes of a merged directory from its topmost layer, and the backend does not know the image. So before the first write
 * the provider does two things, in this order:
 *
 * <ol>
 *   <li>It gives {@code upper} the owner, mode, times and extended attributes of the newest committed directory, its ids moved
 *       from that directory's range to the one that will write; else those of the directory in the image; else the sandbox's
 *       root and 0755.
 *   <li>It gives {@code head} (the directory that holds {@code upper} and {@code work}) to the first id of the range that will
 *       write, as owner and group. That is how the backend learns, from the disk alone and after any crash, in whose ids the
 *       files under {@code upper} are stored. The backend hands out a fresh head owned by an id that starts no range; a head
 *       that is owned by the start of a range is prepared, and goes on with that range.
 * </ol>
 *
 * <p>Directories are in overlayfs's form with {@code trusted.overlay.*} attributes, made with {@code redirect_dir=off},
 * {@code metacopy=off} and {@code index=off}: every entry of a layer stands for itself, under its own name.
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
