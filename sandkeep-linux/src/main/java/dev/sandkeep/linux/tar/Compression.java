package dev.sandkeep.linux.tar;

import com.github.luben.zstd.ZstdInputStream;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.zip.GZIPInputStream;
import org.tukaani.xz.XZInputStream;

/** Tells how a stream is compressed by its first bytes, which are surer than names and media types. */
public final class Compression {
    private static final byte[] GZIP = {0x1f, (byte) 0x8b};
    private static final byte[] ZSTD = {0x28, (byte) 0xb5, 0x2f, (byte) 0xfd};
    private static final byte[] XZ = {(byte) 0xfd, '7', 'z', 'X', 'Z', 0};
    private static final int BUFFER = 64 * 1024;
    private static final int XZ_MEMORY_KIB = 128 * 1024;

    private Compression() {}

    /** What {@code in} holds, decompressed where it is compressed with gzip, zstd or xz. */
    public static InputStream undo(InputStream in) throws IOException {
        BufferedInputStream buffered = new BufferedInputStream(in, BUFFER);
        buffered.mark(XZ.length);
        byte[] start = buffered.readNBytes(XZ.length);
        buffered.reset();
        if (startsWith(start, GZIP)) {
            return new GZIPInputStream(buffered, BUFFER);
        }
        if (startsWith(start, ZSTD)) {
            return new ZstdInputStream(buffered);
        }
        return startsWith(start, XZ) ? new XZInputStream(buffered, XZ_MEMORY_KIB) : buffered;
    }

    private static boolean startsWith(byte[] bytes, byte[] prefix) {
        return bytes.length >= prefix.length && Arrays.equals(bytes, 0, prefix.length, prefix, 0, prefix.length);
    }
}
