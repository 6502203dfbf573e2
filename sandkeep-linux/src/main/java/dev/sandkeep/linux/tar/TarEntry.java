package dev.sandkeep.linux.tar;

import java.util.Map;
import java.util.Optional;

/**
 * One entry of an archive. Texts are bytes in ISO 8859-1: one character for each.
 *
 * @param name as it stands in the archive
 * @param kind what it is
 * @param mode permission bits
 * @param size of the content that follows
 * @param modifiedNanos in nanoseconds since 1970
 * @param link target of a symbolic link, or name of the entry that a hard link repeats; else empty
 * @param major of a device
 * @param minor of a device
 * @param attributes extended attributes
 * @param sparse where the content belongs in the file, when the archive leaves its holes out
 */
record TarEntry(
        String name,
        Kind kind,
        int mode,
        long uid,
        long gid,
        long size,
        long modifiedNanos,
        String link,
        int major,
        int minor,
        Map<String, String> attributes,
        Optional<SparseMap> sparse) {
    enum Kind {
        FILE,
        HARD_LINK,
        SYMBOLIC_LINK,
        CHARACTER_DEVICE,
        BLOCK_DEVICE,
        DIRECTORY,
        FIFO
    }

    TarEntry {
        attributes = Map.copyOf(attributes);
    }

    /** The same with holes. */
    TarEntry withSparse(SparseMap map) {
        return new TarEntry(
                name, kind, mode, uid, gid, size, modifiedNanos, link, major, minor, attributes, Optional.of(map));
    }
}
