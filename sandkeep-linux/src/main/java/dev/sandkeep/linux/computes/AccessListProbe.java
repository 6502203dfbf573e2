package dev.sandkeep.linux.computes;

import dev.sandkeep.linux.kernel.Descriptor;
import dev.sandkeep.linux.kernel.Directory;
import dev.sandkeep.linux.kernel.Mounts;
import dev.sandkeep.linux.kernel.Mounts.LowerStyle;
import dev.sandkeep.linux.kernel.Mounts.Writable;
import dev.sandkeep.linux.slots.IdMaps;
import dev.sandkeep.spi.IdRange;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;

/**
 * Finds out, by trying, whether the overlay file system translates the ids in access lists (ACLs) of an id-mapped lower layer as it
 * does with owners. Linux 6.1 does not: there, a user or group that such a list names reads as nobody in a sandbox.
 */
final class AccessListProbe {
    private static final String ACCESS_LIST = "system.posix_acl_access";
    private static final IdRange STORED = new IdRange(2L * IdRange.SIZE);
    private static final IdRange SHOWN = new IdRange(3L * IdRange.SIZE);
    private static final int NAMED = 7;
    private static final int NAMED_ENTRY = 4 + 8;

    private final Path place;

    private AccessListProbe(Path place) {
        this.place = place;
    }

    /**
     * Tries in a directory made below {@code tmp} and removed again. To be called where mounts disturb nobody.
     *
     * @return false also where access lists are not stored at all
     */
    static boolean keeps(Path tmp, LowerStyle style) {
        Path place = tmp.resolve("probe-" + UUID.randomUUID());
        try {
            for (String directory : List.of("lower/listed", "upper", "work", "layer", "merged")) {
                Files.createDirectories(place.resolve(directory));
            }
            return new AccessListProbe(place).keeps(style);
        } catch (IOException e) {
            throw new UncheckedIOException(place + " could not be made", e);
        } finally {
            for (String mounted : List.of("merged", "layer")) {
                Mounts.detach(place.resolve(mounted));
            }
            try (Directory parent = Directory.open(tmp)) {
                parent.removeTree(Directory.bytes(place.getFileName().toString()));
            }
        }
    }

    private boolean keeps(LowerStyle style) {
        byte[] list = accessList();
        // An owner that the map does not know keeps even root out.
        for (String stored : List.of("lower", "lower/listed")) {
            try (Directory directory = Directory.open(place.resolve(stored))) {
                directory.owner(STORED.first(), STORED.first());
            }
        }
        try (Directory listed = Directory.open(place.resolve("lower/listed"))) {
            listed.attribute(ACCESS_LIST, list);
        } catch (RuntimeException notStored) {
            return false;
        }
        try (Directory lower = Directory.open(place.resolve("lower"));
                Descriptor users = IdMaps.between(STORED, SHOWN);
                Descriptor clone = Mounts.cloneMapped(lower, users);
                Directory merged = Directory.open(place.resolve("merged"))) {
            Writable writable = new Writable(place.resolve("upper"), place.resolve("work"));
            if (style == LowerStyle.EACH_DETACHED) {
                try (Descriptor overlay = Mounts.overlay(List.of(clone), writable)) {
                    Mounts.attach(overlay, merged);
                }
            } else {
                try (Directory layer = Directory.open(place.resolve("layer"))) {
                    Mounts.attach(clone, layer);
                }
                Mounts.mountOverlay(List.of(clone), writable, merged);
            }
        }
        try (Directory shown = Directory.open(place.resolve("merged/listed"))) {
            return shown.attribute(ACCESS_LIST)
                    .filter(value -> value.length == list.length)
                    .map(value -> ByteBuffer.wrap(value).order(ByteOrder.LITTLE_ENDIAN))
                    .filter(value -> value.getInt(NAMED_ENTRY + 4) == SHOWN.first() + NAMED)
                    .isPresent();
        }
    }

    /** As in {@code linux/posix_acl_xattr.h}: the owner, one user by name, the group, the mask, the others. */
    private static byte[] accessList() {
        ByteBuffer list = ByteBuffer.allocate(4 + 5 * 8).order(ByteOrder.LITTLE_ENDIAN);
        list.putInt(2);
        entry(list, 0x01, 7, -1);
        entry(list, 0x02, 4, (int) STORED.first() + NAMED);
        entry(list, 0x04, 5, -1);
        entry(list, 0x10, 5, -1);
        entry(list, 0x20, 0, -1);
        return list.array();
    }

    private static void entry(ByteBuffer list, int tag, int permissions, int id) {
        list.putShort((short) tag).putShort((short) permissions).putInt(id);
    }
}
