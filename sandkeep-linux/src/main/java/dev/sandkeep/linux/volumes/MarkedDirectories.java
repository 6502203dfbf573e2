package dev.sandkeep.linux.volumes;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.sandkeep.linux.kernel.Directory;
import dev.sandkeep.linux.layers.MergedLayer;
import dev.sandkeep.spi.IdRange;
import java.nio.file.Path;

/**
 * A second layer, to lie beneath a merged one, with just the directories that hold a mark of a removed name: what the image below a
 * volume has is not known, so that every mark is needed, and each must stand where two layers have the directory.
 */
final class MarkedDirectories implements MergedLayer.Below {
    private final Path beneath;
    private final IdRange range;
    private String last = "";

    /**
     * @param beneath an empty directory
     * @param range in whose ids it is stored
     */
    MarkedDirectories(Path beneath, IdRange range) {
        this.beneath = beneath;
        this.range = range;
    }

    @Override
    public boolean needsMark(String directory, byte[] name) {
        if (!directory.equals(last)) {
            last = directory;
            repeat(directory);
        }
        return true;
    }

    private void repeat(String path) {
        Directory at = Directory.open(beneath);
        try {
            for (String component : path.split("/", -1)) {
                byte[] name = component.getBytes(ISO_8859_1);
                boolean made = at.makeDirectory(name, 0755);
                Directory next = at.open(name);
                at.close();
                at = next;
                if (made) {
                    at.owner(range.first(), range.first());
                }
            }
        } finally {
            at.close();
        }
    }
}
