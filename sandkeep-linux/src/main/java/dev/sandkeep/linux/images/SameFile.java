package dev.sandkeep.linux.images;

import dev.sandkeep.linux.images.MergedDirectory.Found;
import dev.sandkeep.linux.kernel.FileStatus;
import dev.sandkeep.linux.layers.Layer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Tells whether a name stands for the same in two images: kind, permissions, owner as the sandbox sees it, link text, device,
 * content. Content is read of equally long files only, and of no more of them than a limit allows; past it, equal times decide.
 */
final class SameFile {
    private static final long READ_AT_MOST = 4L << 30;
    private static final int BUFFER = 128 * 1024;

    private final List<Layer> before;
    private final List<Layer> after;
    private final ByteBuffer one = ByteBuffer.allocateDirect(BUFFER);
    private final ByteBuffer other = ByteBuffer.allocateDirect(BUFFER);
    private long readable = READ_AT_MOST;

    SameFile(List<Layer> before, List<Layer> after) {
        this.before = before;
        this.after = after;
    }

    boolean test(byte[] name, Found earlier, Found later) {
        FileStatus a = earlier.status();
        FileStatus b = later.status();
        long firstBefore = before.get(earlier.layer()).owner().first();
        long firstAfter = after.get(later.layer()).owner().first();
        if (a.mode() != b.mode()
                || a.uid() - firstBefore != b.uid() - firstAfter
                || a.gid() - firstBefore != b.gid() - firstAfter) {
            return false;
        }
        return switch (a.type()) {
            case FileStatus.REGULAR -> a.size() == b.size() && sameContent(name, earlier, later);
            case FileStatus.SYMLINK ->
                Arrays.equals(earlier.directory().link(name), later.directory().link(name));
            case FileStatus.CHARACTER_DEVICE, FileStatus.BLOCK_DEVICE -> a.special() == b.special();
            default -> true;
        };
    }

    private boolean sameContent(byte[] name, Found earlier, Found later) {
        long size = earlier.status().size();
        if (size > readable) {
            return earlier.status().modifiedNanos() == later.status().modifiedNanos();
        }
        readable -= size;
        if (size == 0) {
            return true;
        }
        try {
            Optional<FileChannel> a = earlier.directory().read(name);
            try {
                Optional<FileChannel> b = later.directory().read(name);
                try {
                    return a.isPresent() && b.isPresent() && sameBytes(a.get(), b.get());
                } finally {
                    close(b);
                }
            } finally {
                close(a);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("two files could not be compared", e);
        }
    }

    private static void close(Optional<FileChannel> channel) throws IOException {
        if (channel.isPresent()) {
            channel.get().close();
        }
    }

    private boolean sameBytes(FileChannel a, FileChannel b) throws IOException {
        while (true) {
            boolean more = fill(a, one);
            if (more != fill(b, other) || !one.equals(other)) {
                return false;
            }
            if (!more) {
                return true;
            }
        }
    }

    /** @return false at the end of the file, with what was left of it in the buffer */
    private static boolean fill(FileChannel channel, ByteBuffer buffer) throws IOException {
        buffer.clear();
        int read = 0;
        while (buffer.hasRemaining() && read >= 0) {
            read = channel.read(buffer);
        }
        buffer.flip();
        return read >= 0;
    }
}
