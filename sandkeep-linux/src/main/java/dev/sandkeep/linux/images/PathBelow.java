package dev.sandkeep.linux.images;

import dev.sandkeep.linux.kernel.TreeWalk;
import dev.sandkeep.spi.FilePath;
import java.io.ByteArrayOutputStream;

/** From paths below the top of a layer, without a slash at either end, to paths in an image. */
final class PathBelow {
    private PathBelow() {}

    static FilePath of(byte[] below) {
        if (below.length == 0) {
            return FilePath.ROOT;
        }
        ByteArrayOutputStream path = new ByteArrayOutputStream(below.length + 1);
        path.write('/');
        path.writeBytes(below);
        return FilePath.of(path.toByteArray());
    }

    static FilePath of(TreeWalk.Place place) {
        return of(joined(place.parent(), place.name()));
    }

    static byte[] joined(byte[] directory, byte[] name) {
        ByteArrayOutputStream path = new ByteArrayOutputStream(directory.length + 1 + name.length);
        path.writeBytes(directory);
        if (directory.length > 0) {
            path.write('/');
        }
        path.writeBytes(name);
        return path.toByteArray();
    }
}
