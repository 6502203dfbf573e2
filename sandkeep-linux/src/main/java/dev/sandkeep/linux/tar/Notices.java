package dev.sandkeep.linux.tar;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Counts what an archive has that was not unpacked as it stands, for one line about each at the end. */
public final class Notices {
    private final Map<Kind, Long> counts = new EnumMap<>(Kind.class);

    /** What can be left out. */
    public enum Kind {
        DEVICE_LEFT_OUT("device nodes left out, which this host does not allow or which mean nothing"),
        ATTRIBUTE_LEFT_OUT("extended attributes left out, which are not a file's own or not known to this file system"),
        OWNER_CHANGED("files with an owner or group above 65535 given to nobody");

        private final String words;

        Kind(String words) {
            this.words = words;
        }
    }

    /** Counts one more. */
    public void add(Kind kind) {
        counts.merge(kind, 1L, Long::sum);
    }

    /** One line for each kind that occurred. */
    public List<String> lines() {
        return counts.entrySet().stream()
                .map(count -> count.getValue() + " " + count.getKey().words)
                .toList();
    }
}
