package dev.sandkeep.spi;

/** How the size limit of a persisted path is kept. */
public enum Enforcement {
    /** The file system refuses to grow beyond it: the sandbox gets "disk quota exceeded" or "no space left". */
    HARD,
    /** Nothing but a watcher who asks {@link VolumeBackend#pressure} from time to time and acts on it. */
    WATCHED
}
