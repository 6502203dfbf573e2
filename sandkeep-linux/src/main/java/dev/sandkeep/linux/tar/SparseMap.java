package dev.sandkeep.linux.tar;

import java.util.ArrayList;
import java.util.List;

/**
 * Where the pieces of a file lie whose holes the archive leaves out, in the forms of GNU tar: its own entry type {@code S}, and
 * three versions on top of pax.
 *
 * @param size of the file with its holes
 * @param pieces in the order of the file, none inside another
 */
record SparseMap(long size, List<Piece> pieces) {
    /** So many need 48 MiB here; a file that is larger in pieces of a block is no image's. */
    private static final int MOST_PIECES = 2_000_000;

    /** As much as an ext4 takes. */
    private static final long LARGEST = 16L << 40;

    /** Bytes that the archive holds. */
    record Piece(long offset, long length) {}

    SparseMap {
        pieces = List.copyOf(pieces);
    }

    /** How much the archive holds. */
    long stored() {
        return pieces.stream().mapToLong(Piece::length).sum();
    }

    /** Takes the numbers as they come, offset and length in turn, and refuses what no file can be. */
    static final class Builder {
        private final long size;
        private final List<Piece> pieces = new ArrayList<>();
        private long end;

        Builder(long size) throws MalformedTarException {
            this.size = size;
            if (size < 0 || size > LARGEST) {
                throw new MalformedTarException("the archive has a sparse file of " + size + " bytes");
            }
        }

        void add(long offset, long length) throws MalformedTarException {
            if (offset < end || length < 0 || offset > size || length > size - offset) {
                throw new MalformedTarException("the archive has a sparse file whose pieces do not fit into it");
            }
            if (pieces.size() == MOST_PIECES) {
                throw new MalformedTarException(
                        "the archive has a sparse file of more than " + MOST_PIECES + " pieces");
            }
            end = offset + length;
            if (length > 0) {
                pieces.add(new Piece(offset, length));
            }
        }

        SparseMap build() {
            return new SparseMap(size, pieces);
        }
    }

    /** From the list of a pax header: offset, length, offset, length … */
    static SparseMap parse(long size, String list) throws MalformedTarException {
        Builder map = new Builder(size);
        String[] numbers = list.split(",", -1);
        if (numbers.length % 2 != 0) {
            throw new MalformedTarException("the archive has a sparse file with a malformed map");
        }
        for (int i = 0; i < numbers.length; i += 2) {
            map.add(number(numbers[i]), number(numbers[i + 1]));
        }
        return map.build();
    }

    static long number(String digits) throws MalformedTarException {
        try {
            long number = Long.parseLong(digits);
            if (number >= 0) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Said below.
        }
        throw new MalformedTarException("the archive has a sparse file with a malformed map");
    }
}
