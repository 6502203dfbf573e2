package dev.sandkeep.spi;

import java.io.IOException;
import java.io.InputStream;

/**
 * Something that a compute or an image has, other than what it stands on; shown to a {@link ChangeVisitor}, and valid only during
 * that call.
 */
public interface ChangedFile {
    /** Where it is. */
    FilePath path();

    /** What it is. A symbolic link is itself, never what it leads to. */
    FileKind kind();

    /** Length in bytes of a file's content or of a link's text; 0 for everything else. */
    long size();

    /** Bytes that it takes on disk; far below {@link #size()} for a file with holes. */
    long storedBytes();

    /** Permission bits with set-id and sticky, 0 to 07777. */
    int permissions();

    /**
     * Whether a directory hides everything that the image below has at its path, because it was removed and made anew. Nothing of
     * that is told as {@linkplain ChangeVisitor#removed removed}.
     */
    boolean replaces();

    /**
     * Opens the content from its start. Of anything but a {@linkplain FileKind#REGULAR regular file} it is empty: nothing here
     * follows a link, waits for a fifo or touches a device. The caller closes the stream.
     *
     * @param atMost bytes after which the stream ends, whatever the file's size
     * @throws IOException when it cannot be read
     */
    InputStream open(long atMost) throws IOException;
}
