package dev.sandkeep.linux.images;

import dev.sandkeep.linux.kernel.FileStatus;
import dev.sandkeep.spi.FileKind;

/** The kernel's file types in the words of the provider interface. */
final class Kinds {
    private Kinds() {}

    static FileKind of(FileStatus status) {
        return switch (status.type()) {
            case FileStatus.REGULAR -> FileKind.REGULAR;
            case FileStatus.DIRECTORY -> FileKind.DIRECTORY;
            case FileStatus.SYMLINK -> FileKind.LINK;
            case FileStatus.FIFO -> FileKind.FIFO;
            case FileStatus.SOCKET -> FileKind.SOCKET;
            default -> FileKind.DEVICE;
        };
    }
}
