package dev.sandkeep.linux.tar;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.sandkeep.linux.tar.TarEntry.Kind;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;

/**
 * Reads an archive in the forms of POSIX (ustar, pax), GNU tar and Unix V7, one entry after the other. Whatever the archive says,
 * memory stays small: content is never held, and headers have a largest size.
 */
final class TarReader {
    private static final int BLOCK = 512;
    private static final int LARGEST_HEADER = 1 << 20;
    private static final int CHECKSUM_AT = 148;
    private static final int CHECKSUM_LENGTH = 8;

    private final InputStream in;
    private final byte[] block = new byte[BLOCK];
    private PaxRecords global = PaxRecords.none();
    private long left;
    private long padding;

    TarReader(InputStream in) {
        this.in = in;
    }

    /** The next entry; empty at the archive's end. What was not read of the content before it is passed over. */
    Optional<TarEntry> next() throws IOException {
        PaxRecords records = global;
        Optional<String> longName = Optional.empty();
        Optional<String> longLink = Optional.empty();
        while (true) {
            skipContent();
            if (!readHeader()) {
                return Optional.empty();
            }
            left = number(124, 12);
            if (left < 0) {
                throw new MalformedTarException("the archive has an entry of negative size");
            }
            padding = padding(left);
            char type = (char) (block[156] & 0xFF);
            switch (type) {
                case 'x', 'X' -> records = records.with(header());
                case 'g' -> {
                    global = global.with(header());
                    records = global;
                }
                case 'L' -> longName = Optional.of(untilZero(new String(header(), ISO_8859_1)));
                case 'K' -> longLink = Optional.of(untilZero(new String(header(), ISO_8859_1)));
                case 'V', 'M', 'N', 'D' -> {
                    // Volume labels, continuations and listings of GNU's backups: nothing to unpack.
                }
                case 'S' -> {
                    return Optional.of(oldSparse(records, longName));
                }
                default -> {
                    return Optional.of(entry(type, records, longName, longLink));
                }
            }
        }
    }

    /** What is left of the content of the entry that came last. */
    int read(byte[] buffer) throws IOException {
        return read(buffer, buffer.length);
    }

    /** As above, at most {@code most} bytes of it. */
    int read(byte[] buffer, int most) throws IOException {
        if (left == 0) {
            return -1;
        }
        int read = in.read(buffer, 0, (int) Math.min(most, left));
        if (read < 0) {
            throw MalformedTarException.cutOff("a file");
        }
        left -= read;
        return read;
    }

    private TarEntry entry(char type, PaxRecords records, Optional<String> longName, Optional<String> longLink)
            throws IOException {
        String name = records.text("path").or(() -> longName).orElseGet(this::name);
        Kind kind = kind(type, name);
        long size = records.number("size", left);
        left = kind == Kind.FILE ? size : left;
        padding = padding(left);
        Optional<SparseMap> sparse = kind == Kind.FILE ? sparse(records) : Optional.empty();
        return new TarEntry(
                sparse.isPresent() ? records.text("GNU.sparse.name").orElse(name) : name,
                kind,
                (int) number(100, 8) & 07777,
                records.number("uid", number(108, 8)),
                records.number("gid", number(116, 8)),
                left,
                records.modifiedNanos(Math.multiplyExact(bounded(number(136, 12)), 1_000_000_000L)),
                records.text("linkpath").or(() -> longLink).orElseGet(() -> text(157, 100)),
                (int) number(329, 8),
                (int) number(337, 8),
                records.attributes(),
                sparse);
    }

    /** GNU's forms on top of pax: the map stands in the header (0.0, 0.1) or begins the content (1.0). */
    private Optional<SparseMap> sparse(PaxRecords records) throws IOException {
        boolean inContent = records.number("GNU.sparse.major", 0) == 1;
        Optional<String> inHeader = records.sparseMap();
        if (!inContent && inHeader.isEmpty()) {
            return Optional.empty();
        }
        long size = records.number("GNU.sparse.realsize", records.number("GNU.sparse.size", -1));
        SparseMap map = inContent ? mapInContent(size) : SparseMap.parse(size, inHeader.orElseThrow());
        return Optional.of(fitting(map));
    }

    /** Decimal numbers, one to a line: how many pieces, then offset and length of each; filled up to a whole block. */
    private SparseMap mapInContent(long size) throws IOException {
        SparseMap.Builder map = new SparseMap.Builder(size);
        ContentNumbers numbers = new ContentNumbers();
        for (long pieces = numbers.next(); pieces > 0; pieces--) {
            map.add(numbers.next(), numbers.next());
        }
        return map.build();
    }

    /** Reads lines from the front of the content, in whole blocks. */
    private final class ContentNumbers {
        private static final int MOST_DIGITS = 20;
        private final byte[] content = new byte[BLOCK];
        private int at = BLOCK;

        long next() throws IOException {
            StringBuilder digits = new StringBuilder();
            while (true) {
                if (at == BLOCK) {
                    if (left < BLOCK || in.readNBytes(content, 0, BLOCK) < BLOCK) {
                        throw new MalformedTarException("the archive ends in the map of a sparse file");
                    }
                    left -= BLOCK;
                    at = 0;
                }
                char next = (char) content[at++];
                if (next == '\n') {
                    return SparseMap.number(digits.toString());
                }
                digits.append(next);
                if (digits.length() > MOST_DIGITS) {
                    throw new MalformedTarException("the archive has a sparse file with a malformed map");
                }
            }
        }
    }

    /** GNU's own form: four pieces in the header, more of them in blocks that follow it. */
    private TarEntry oldSparse(PaxRecords records, Optional<String> longName) throws IOException {
        TarEntry entry = entry('0', records, longName, Optional.empty());
        SparseMap.Builder map = new SparseMap.Builder(number(483, 12));
        addPieces(map, 386, 4);
        boolean more = block[482] != 0;
        while (more) {
            if (in.readNBytes(block, 0, BLOCK) < BLOCK) {
                throw new MalformedTarException("the archive ends in the map of a sparse file");
            }
            addPieces(map, 0, 21);
            more = block[504] != 0;
        }
        return entry.withSparse(fitting(map.build()));
    }

    private void addPieces(SparseMap.Builder map, int offset, int count) throws MalformedTarException {
        for (int at = offset; at < offset + count * 24 && block[at] != 0; at += 24) {
            map.add(number(at, 12), number(at + 12, 12));
        }
    }

    private SparseMap fitting(SparseMap map) throws MalformedTarException {
        if (map.stored() != left) {
            throw new MalformedTarException(
                    "the archive has a sparse file whose content is not as long as its map says");
        }
        return map;
    }

    /** A time that fits nanoseconds; archives have been seen with the largest number that the field takes. */
    private static long bounded(long seconds) {
        return Math.clamp(seconds, -9_000_000_000L, 9_000_000_000L);
    }

    private static Kind kind(char type, String name) {
        return switch (type) {
            case '1' -> Kind.HARD_LINK;
            case '2' -> Kind.SYMBOLIC_LINK;
            case '3' -> Kind.CHARACTER_DEVICE;
            case '4' -> Kind.BLOCK_DEVICE;
            case '5' -> Kind.DIRECTORY;
            case '6' -> Kind.FIFO;
            // Before there was a type for them, directories were files whose names end in a slash.
            case 0 -> name.endsWith("/") ? Kind.DIRECTORY : Kind.FILE;
            default -> Kind.FILE;
        };
    }

    private String name() {
        String name = text(0, 100);
        boolean posix = text(257, 6).equals("ustar") && block[262] == 0;
        String prefix = posix ? text(345, 155) : "";
        return prefix.isEmpty() ? name : prefix + "/" + name;
    }

    /** @return false at the end of the archive: a block of zeros, or nothing at all */
    private boolean readHeader() throws IOException {
        int read = in.readNBytes(block, 0, BLOCK);
        if (read == 0) {
            return false;
        }
        if (read < BLOCK) {
            throw MalformedTarException.cutOff("a header");
        }
        long sum = 0;
        boolean zeros = true;
        for (int i = 0; i < BLOCK; i++) {
            zeros &= block[i] == 0;
            boolean inChecksum = i >= CHECKSUM_AT && i < CHECKSUM_AT + CHECKSUM_LENGTH;
            sum += inChecksum ? ' ' : block[i] & 0xFF;
        }
        if (zeros) {
            return false;
        }
        if (sum != number(CHECKSUM_AT, CHECKSUM_LENGTH)) {
            throw new MalformedTarException("this is no tar archive, or a damaged one: a header has a wrong checksum");
        }
        return true;
    }

    private byte[] header() throws IOException {
        if (left > LARGEST_HEADER) {
            throw new MalformedTarException("the archive has a header of " + left + " bytes");
        }
        byte[] header = in.readNBytes((int) left);
        if (header.length < left) {
            throw MalformedTarException.cutOff("a header");
        }
        left = 0;
        return header;
    }

    /** Passes over what is left of the content of the entry that came last. */
    void skipContent() throws IOException {
        try {
            in.skipNBytes(left + padding);
        } catch (EOFException e) {
            throw MalformedTarException.cutOff("a file");
        }
        left = 0;
        padding = 0;
    }

    private static long padding(long size) {
        return (BLOCK - size % BLOCK) % BLOCK;
    }

    private String text(int offset, int length) {
        return untilZero(new String(block, offset, length, ISO_8859_1));
    }

    private static String untilZero(String text) {
        int zero = text.indexOf(0);
        return zero < 0 ? text : text.substring(0, zero);
    }

    /** A number in octal digits or, marked by its first bit, in GNU's binary form; 0 for a field of blanks. */
    private long number(int offset, int length) throws MalformedTarException {
        if ((block[offset] & 0x80) != 0) {
            long value = (block[offset] & 0x40) != 0 ? -1 : 0;
            value = value << 6 | (block[offset] & 0x3F);
            for (int i = offset + 1; i < offset + length; i++) {
                value = value << 8 | (block[i] & 0xFF);
            }
            return value;
        }
        String digits = text(offset, length).strip();
        try {
            return digits.isEmpty() ? 0 : Long.parseLong(digits, 8);
        } catch (NumberFormatException e) {
            throw new MalformedTarException(
                    "this is no tar archive, or a damaged one: a header has a malformed number");
        }
    }
}
