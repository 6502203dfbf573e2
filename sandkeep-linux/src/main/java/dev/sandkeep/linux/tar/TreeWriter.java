package dev.sandkeep.linux.tar;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.sandkeep.linux.kernel.Directory;
import dev.sandkeep.linux.kernel.EntryCopy;
import dev.sandkeep.linux.kernel.FileStatus;
import dev.sandkeep.linux.kernel.TreeWalk;
import dev.sandkeep.spi.IdRange;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Writes trees of files, as they are in overlay layers, into a tar archive of the POSIX form (pax) that {@link TreeReader} reads back
 * exactly: names in any bytes, owners by their ids in the sandbox, nanosecond times, hard links, holes (GNU's form 0.1), access lists
 * and other extended attributes ({@code SCHILY.xattr}). Marks of removed names are device nodes 0/0, as on disk; sockets, which tar
 * does not know, are fifos with an attribute that says so. GNU tar unpacks it too.
 *
 * @see <a href="https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html#tag_20_94_13_01">pax interchange format</a>
 * @see <a href="https://www.gnu.org/software/tar/manual/html_section/Sparse-Formats.html">GNU tar, storing sparse files</a>
 */
public final class TreeWriter {
    static final String OPAQUE = "trusted.overlay.opaque";
    static final String SOCKET = EntryCopy.OURS + "socket";

    private static final int BLOCK = 512;
    private static final long LARGEST_OCTAL = 0_77777777777L;
    private static final long NOBODY = 65_534;
    private static final int MOST_PIECES = 10_000;
    private static final byte[] HERE = {'.'};

    private final OutputStream out;
    private final byte[] buffer = new byte[128 * 1024];

    /** @param out should be buffered; is not closed */
    public TreeWriter(OutputStream out) {
        this.out = out;
    }

    /** Adds a small file that belongs to nobody, under a name of at most 100 ASCII characters. */
    public void note(String name, byte[] content) throws IOException {
        header(name, '0', 0600, 0, 0, content.length, 0, "", 0);
        out.write(content);
        pad(content.length);
    }

    /** Writes the end of the archive. */
    public void end() throws IOException {
        out.write(new byte[2 * BLOCK]);
        out.flush();
    }

    /**
     * Adds a directory with everything in it.
     *
     * @param name for it in the archive
     * @param owner in whose ids the tree is stored
     */
    public void tree(Path top, String name, IdRange owner) throws IOException {
        EntryCopy ids = new EntryCopy(id -> inside(id, owner));
        Map<Long, String> linked = new HashMap<>();
        try (Directory root = Directory.open(top)) {
            entry(root, HERE, root.status(), name, ids, Optional.empty());
            TreeWalk.of(root, place -> {
                String parent = new String(place.parent(), ISO_8859_1);
                String path =
                        name + "/" + (parent.isEmpty() ? "" : parent + "/") + new String(place.name(), ISO_8859_1);
                FileStatus status = place.status();
                boolean many = !status.isDirectory() && status.links() > 1 && !status.isWhiteout();
                Optional<String> first =
                        many ? Optional.ofNullable(linked.putIfAbsent(status.inode(), path)) : Optional.empty();
                try {
                    entry(place.directory(), place.name(), status, path, ids, first);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
                return TreeWalk.Visitor.Next.ENTER;
            });
        }
    }

    /** What the sandbox sees: an id from elsewhere is nobody to it. */
    private static long inside(long id, IdRange owner) {
        long inside = id - owner.first();
        return inside >= 0 && inside < IdRange.SIZE ? inside : NOBODY;
    }

    private void entry(
            Directory directory, byte[] name, FileStatus status, String path, EntryCopy ids, Optional<String> sameAs)
            throws IOException {
        // GNU tar wants to know the number of pieces before their map.
        Map<String, String> records = new LinkedHashMap<>();
        records.put("hdrcharset", "BINARY");
        records.put("path", path);
        records.put("mtime", BigDecimal.valueOf(status.modifiedNanos(), 9).toPlainString());
        String link = sameAs.orElse("");
        long stored = 0;
        List<Long> pieces = List.of();
        if (sameAs.isEmpty()) {
            // A mark of a removed name belongs to nobody in the sandbox.
            if (!status.isWhiteout()) {
                ids.attributes(directory, name)
                        .forEach((key, value) ->
                                records.put(PaxRecords.keyOfAttribute(key), new String(value, ISO_8859_1)));
            }
            switch (status.type()) {
                case FileStatus.SYMLINK -> link = new String(directory.link(name), ISO_8859_1);
                case FileStatus.SOCKET -> records.put(PaxRecords.keyOfAttribute(SOCKET), "y");
                case FileStatus.DIRECTORY -> addOpaque(directory, name, records);
                case FileStatus.REGULAR -> {
                    pieces = EntryCopy.data(directory, name, status.size(), MOST_PIECES);
                    stored = lengths(pieces);
                    if (stored < status.size()) {
                        addHoles(path, status.size(), pieces, records);
                    }
                }
                default -> {
                    // A fifo or device has no content.
                }
            }
        }
        if (!link.isEmpty()) {
            records.put("linkpath", link);
        }
        if (stored > LARGEST_OCTAL) {
            records.put("size", Long.toString(stored));
        }
        extended(records);
        long uid = status.isWhiteout() ? 0 : ids.translatedId(status.uid());
        long gid = status.isWhiteout() ? 0 : ids.translatedId(status.gid());
        header(
                "entry",
                sameAs.isPresent() ? '1' : type(status),
                status.permissions(),
                uid,
                gid,
                Math.min(stored, LARGEST_OCTAL),
                Math.max(0, status.modifiedNanos() / 1_000_000_000L),
                link,
                status.special());
        if (sameAs.isEmpty() && status.type() == FileStatus.REGULAR) {
            content(directory, name, pieces);
            pad(stored);
        }
    }

    private static void addOpaque(Directory directory, byte[] name, Map<String, String> records) {
        try (Directory itself = directory.open(name)) {
            if (itself.isOpaque()) {
                records.put(PaxRecords.keyOfAttribute(OPAQUE), "y");
            }
        }
    }

    private static void addHoles(String path, long size, List<Long> pieces, Map<String, String> records) {
        records.put("GNU.sparse.size", Long.toString(size));
        // What is all hole has one piece of nothing, at its end.
        List<Long> map = pieces.isEmpty() ? List.of(size, 0L) : pieces;
        records.put("GNU.sparse.numblocks", Integer.toString(map.size() / 2));
        records.put("GNU.sparse.name", path);
        records.put("GNU.sparse.map", map.stream().map(Object::toString).collect(Collectors.joining(",")));
    }

    private static long lengths(List<Long> pieces) {
        long sum = 0;
        for (int at = 1; at < pieces.size(); at += 2) {
            sum += pieces.get(at);
        }
        return sum;
    }

    private static char type(FileStatus status) {
        return switch (status.type()) {
            case FileStatus.REGULAR -> '0';
            case FileStatus.SYMLINK -> '2';
            case FileStatus.CHARACTER_DEVICE -> '3';
            case FileStatus.BLOCK_DEVICE -> '4';
            case FileStatus.DIRECTORY -> '5';
            default -> '6';
        };
    }

    private void content(Directory directory, byte[] name, List<Long> pieces) throws IOException {
        if (pieces.isEmpty()) {
            return;
        }
        try (FileChannel file = directory
                .read(name)
                .orElseThrow(() -> new IllegalStateException(directory + " changed while it was read"))) {
            for (int at = 0; at < pieces.size(); at += 2) {
                long from = pieces.get(at);
                long end = from + pieces.get(at + 1);
                while (from < end) {
                    ByteBuffer piece = ByteBuffer.wrap(buffer, 0, (int) Math.min(buffer.length, end - from));
                    int read = file.read(piece, from);
                    if (read < 0) {
                        throw new IllegalStateException(directory + " changed while it was read");
                    }
                    out.write(buffer, 0, read);
                    from += read;
                }
            }
        }
    }

    private void extended(Map<String, String> records) throws IOException {
        StringBuilder text = new StringBuilder();
        records.forEach((key, value) -> {
            int rest = key.length() + value.length() + 3;
            int length = rest + Integer.toString(rest).length();
            length = rest + Integer.toString(length).length();
            text.append(length)
                    .append(' ')
                    .append(key)
                    .append('=')
                    .append(value)
                    .append('\n');
        });
        byte[] bytes = text.toString().getBytes(ISO_8859_1);
        header("extended", 'x', 0600, 0, 0, bytes.length, 0, "", 0);
        out.write(bytes);
        pad(bytes.length);
    }

    private void header(
            String name, char type, int mode, long uid, long gid, long size, long seconds, String link, long device)
            throws IOException {
        byte[] block = new byte[BLOCK];
        text(block, 0, 100, name);
        octal(block, 100, 8, mode);
        octal(block, 108, 8, uid);
        octal(block, 116, 8, gid);
        octal(block, 124, 12, size);
        octal(block, 136, 12, seconds);
        block[156] = (byte) type;
        text(block, 157, 100, link);
        text(block, 257, 6, "ustar");
        text(block, 263, 2, "00");
        octal(block, 329, 8, device >>> 32);
        octal(block, 337, 8, device & 0xFFFF_FFFFL);
        Arrays.fill(block, 148, 156, (byte) ' ');
        long sum = 0;
        for (byte b : block) {
            sum += b & 0xFF;
        }
        octal(block, 148, 7, sum);
        out.write(block);
    }

    private static void text(byte[] block, int offset, int length, String text) {
        byte[] bytes = text.getBytes(ISO_8859_1);
        System.arraycopy(bytes, 0, block, offset, Math.min(bytes.length, length));
    }

    private static void octal(byte[] block, int offset, int length, long value) {
        String digits = Long.toOctalString(value);
        if (digits.length() >= length) {
            throw new IllegalStateException(value + " is too large for a field of an archive");
        }
        text(block, offset, length, "0".repeat(length - 1 - digits.length()) + digits + "\0");
    }

    private void pad(long size) throws IOException {
        out.write(new byte[(int) ((BLOCK - size % BLOCK) % BLOCK)]);
    }
}
