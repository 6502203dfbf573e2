package dev.sandkeep.spi;

import java.nio.ByteBuffer;

/** What became of {@link SandboxProvider#readImageFile}. */
public sealed interface ImageFileOutcome {
    /**
     * It is a regular file.
     *
     * @param content read-only: all of it, or its start as far as was asked for
     * @param size of the whole file in bytes
     */
    record Found(ByteBuffer content, long size) implements ImageFileOutcome {
        public Found {
            content = content.asReadOnlyBuffer();
        }

        /** Whether {@code content} is only the file's start. */
        public boolean truncated() {
            return content.remaining() < size;
        }
    }

    /** Something else is there, or stands on the way as a link or a file; links are not followed, not even inside the image. */
    record NotAFile(FilePath path, FileKind kind) implements ImageFileOutcome {}

    /** The image has nothing there. */
    record NoSuchFile() implements ImageFileOutcome {}

    /** There is no such image. */
    record ImageMissing() implements ImageFileOutcome {}
}
