package dev.sandkeep.linux.tar;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.sandkeep.linux.kernel.Directory;
import dev.sandkeep.linux.kernel.EntryCopy;
import dev.sandkeep.linux.kernel.FileStatus;
import java.util.Optional;

/**
 * Removed files: in the layers of OCI images empty files with names of a certain form, in overlayfs device nodes and an attribute.
 * They hide what lower layers have, and never what the same layer has, wherever in the archive it stands (image-spec, layer.md).
 */
final class Whiteouts {
    private static final String PREFIX = ".wh.";
    private static final String OPAQUE = ".wh..wh..opq";
    private static final String OVERLAY_OPAQUE = "trusted.overlay.opaque";

    /** @return whether {@code name} means a removed file, and so is no file itself */
    boolean apply(Directory parent, String name) throws MalformedTarException {
        if (!name.startsWith(PREFIX)) {
            return false;
        }
        if (name.equals(OPAQUE)) {
            parent.attribute(OVERLAY_OPAQUE, new byte[] {'y'});
        } else if (!name.startsWith(PREFIX + PREFIX)) {
            hide(parent, name.substring(PREFIX.length()));
        }
        // Other names with the prefix twice belong to aufs's own book-keeping.
        return true;
    }

    private static void hide(Directory parent, String removed) throws MalformedTarException {
        if (removed.isEmpty() || removed.equals(".") || removed.equals("..")) {
            throw new MalformedTarException("the archive removes what is no name: '" + removed + "'");
        }
        byte[] name = removed.getBytes(ISO_8859_1);
        Optional<FileStatus> status = parent.status(name);
        if (status.isEmpty()) {
            EntryCopy.makeWhiteout(parent, name);
        } else if (status.get().isDirectory()) {
            hideBelow(parent, name);
        }
    }

    /** Lets a directory of this layer hide everything that lower layers have in it. */
    static void hideBelow(Directory parent, byte[] name) {
        try (Directory directory = parent.open(name)) {
            directory.attribute(OVERLAY_OPAQUE, new byte[] {'y'});
        }
    }
}
