package dev.sandkeep.linux.kernel;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import dev.sandkeep.linux.kernel.Directory.Entry;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;

/**
 * Reads the names in an open directory one after the other, without {@code .} and {@code ..}, in the file system's order and in
 * the same little memory for any number of them. It can be given up and taken up again at the place where it was.
 */
final class DirectoryReader {
    private static final int BUFFER = 16 * 1024;
    private static final int SEEK_SET = 0;
    private static final int TYPE_DIRECTORY = 4;

    private final Directory directory;
    private final Deque<Positioned> ahead = new ArrayDeque<>();
    private long position;

    /** @param position the file system's own, which follows the entry */
    private record Positioned(Entry entry, long position) {}

    /** @param directory opened for this reader alone, which does not close it */
    DirectoryReader(Directory directory) {
        this.directory = directory;
    }

    /** Goes on in {@code directory}, opened anew, behind the entry at which another reader had the given position. */
    static DirectoryReader resume(Directory directory, long position) {
        DirectoryReader reader = new DirectoryReader(directory);
        reader.position = position;
        SystemCall.LSEEK.call(directory.toString(), directory.descriptor().number(), position, SEEK_SET);
        return reader;
    }

    /** Behind the entry that came last. */
    long position() {
        return position;
    }

    /** The next name; empty after the last one. */
    Optional<Entry> next() {
        if (ahead.isEmpty()) {
            fill();
        }
        Positioned next = ahead.poll();
        if (next == null) {
            return Optional.empty();
        }
        position = next.position();
        return Optional.of(next.entry());
    }

    private void fill() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(BUFFER, 8);
            long read;
            do {
                read = readInto(buffer);
                for (long at = 0; at < read; at += buffer.get(JAVA_SHORT_UNALIGNED, at + 16) & 0xFFFF) {
                    byte[] name = terminated(buffer, at + 19);
                    if (!isDots(name)) {
                        boolean isDirectory = buffer.get(JAVA_BYTE, at + 18) == TYPE_DIRECTORY;
                        ahead.add(
                                new Positioned(new Entry(name, isDirectory), buffer.get(JAVA_LONG_UNALIGNED, at + 8)));
                    }
                }
            } while (read > 0 && ahead.isEmpty());
        }
    }

    /** The next entries; 0 bytes after the last, and in a directory that was removed. */
    private long readInto(MemorySegment buffer) {
        try {
            return SystemCall.GETDENTS64.call(
                    directory.toString(), directory.descriptor().number(), buffer.address(), buffer.byteSize());
        } catch (KernelException e) {
            if (e.errno() == Errno.ENOENT) {
                return 0;
            }
            throw e;
        }
    }

    private static byte[] terminated(MemorySegment buffer, long offset) {
        long end = offset;
        while (buffer.get(JAVA_BYTE, end) != 0) {
            end++;
        }
        return buffer.asSlice(offset, end - offset).toArray(JAVA_BYTE);
    }

    private static boolean isDots(byte[] name) {
        return (name.length == 1 && name[0] == '.') || (name.length == 2 && name[0] == '.' && name[1] == '.');
    }
}
