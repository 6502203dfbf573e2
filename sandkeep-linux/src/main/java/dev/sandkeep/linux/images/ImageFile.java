package dev.sandkeep.linux.images;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.sandkeep.linux.images.MergedDirectory.Found;
import dev.sandkeep.linux.layers.Layer;
import dev.sandkeep.spi.FileKind;
import dev.sandkeep.spi.FilePath;
import dev.sandkeep.spi.ImageFileOutcome;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.List;
import java.util.Optional;

/** Reads one file of an image. */
final class ImageFile {
    private ImageFile() {}

    static ImageFileOutcome read(List<Layer> chain, FilePath path, int atMost) throws IOException {
        byte[] below = new byte[0];
        List<Integer> through = MergedDirectory.all(chain);
        if (path.isRoot()) {
            return new ImageFileOutcome.NotAFile(path, FileKind.DIRECTORY);
        }
        String[] names = new String(path.bytes(), ISO_8859_1).substring(1).split("/", -1);
        for (int index = 0; ; index++) {
            byte[] name = names[index].getBytes(ISO_8859_1);
            boolean last = index == names.length - 1;
            try (MergedDirectory directory = MergedDirectory.open(chain, through, below)) {
                below = PathBelow.joined(below, name);
                Optional<Found> found = directory.find(name);
                if (found.isEmpty()) {
                    return new ImageFileOutcome.NoSuchFile();
                }
                FileKind kind = Kinds.of(found.get().status());
                if (kind != (last ? FileKind.REGULAR : FileKind.DIRECTORY)) {
                    return new ImageFileOutcome.NotAFile(PathBelow.of(below), kind);
                }
                if (last) {
                    return content(found.get(), name, atMost);
                }
                through = found.get().through();
            }
        }
    }

    private static ImageFileOutcome content(Found found, byte[] name, int atMost) throws IOException {
        Optional<FileChannel> opened = found.directory().read(name);
        if (opened.isEmpty()) {
            return new ImageFileOutcome.NoSuchFile();
        }
        try (FileChannel channel = opened.get()) {
            ByteBuffer content = ByteBuffer.allocate((int) Math.min(atMost, channel.size()));
            while (content.hasRemaining() && channel.read(content) >= 0) {
                // A file on disk is read in as many pieces as it takes.
            }
            return new ImageFileOutcome.Found(content.flip(), channel.size());
        }
    }
}
