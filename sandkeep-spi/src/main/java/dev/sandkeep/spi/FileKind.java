package dev.sandkeep.spi;

/** What stands under a name. */
public enum FileKind {
    /** Has content. */
    REGULAR,
    DIRECTORY,
    /** A symbolic link. */
    LINK,
    FIFO,
    SOCKET,
    /** A character or block device. */
    DEVICE
}
