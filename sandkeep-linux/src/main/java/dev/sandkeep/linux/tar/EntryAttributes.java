package dev.sandkeep.linux.tar;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.sandkeep.linux.kernel.Directory;
import dev.sandkeep.linux.kernel.EntryMaker;
import dev.sandkeep.linux.kernel.Errno;
import dev.sandkeep.linux.kernel.KernelException;
import java.util.Map;

/**
 * Extended attributes of unpacked files. Only those are set that belong to the files: attributes of overlayfs itself
 * ({@code trusted.overlay.redirect} would show other files of the host's layers) and of the host's security modules are not an
 * archive's to set.
 */
final class EntryAttributes {
    void apply(Map<String, String> attributes, Directory parent, byte[] name, Notices notices) {
        attributes.forEach((attribute, value) -> {
            if (!belongsToFile(attribute)) {
                notices.add(Notices.Kind.ATTRIBUTE_LEFT_OUT);
                return;
            }
            try {
                EntryMaker.attribute(parent, name, attribute, value.getBytes(ISO_8859_1));
            } catch (KernelException e) {
                // What the file system does not know, or not for this kind of file.
                if (e.errno() != Errno.EOPNOTSUPP && e.errno() != Errno.EPERM && e.errno() != Errno.EINVAL) {
                    throw e;
                }
                notices.add(Notices.Kind.ATTRIBUTE_LEFT_OUT);
            }
        });
    }

    private static boolean belongsToFile(String attribute) {
        return attribute.startsWith("user.")
                || attribute.equals("security.capability")
                || attribute.equals("system.posix_acl_access")
                || attribute.equals("system.posix_acl_default");
    }
}
