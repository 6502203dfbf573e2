package dev.sandkeep.linux.tar;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/** Writes archives for tests, those included that no honest program writes. Texts are bytes in ISO 8859-1. */
public final class TarBuilder {
    private static final int BLOCK = 512;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final Map<String, String> pax = new LinkedHashMap<>();
    private int mode = 0644;
    private long uid;
    private String device = "";

    /** Of the entries that follow. */
    public TarBuilder mode(int permissions, long owner) {
        mode = permissions;
        uid = owner;
        return this;
    }

    /** An extended header of the entry that follows. */
    public TarBuilder pax(String key, String value) {
        pax.put(key, value);
        return this;
    }

    public TarBuilder file(String name, String content) {
        return entry(name, '0', "", content.getBytes(ISO_8859_1));
    }

    public TarBuilder file(String name, byte[] content) {
        return entry(name, '0', "", content);
    }

    public TarBuilder directory(String name) {
        return entry(name, '5', "", new byte[0]);
    }

    public TarBuilder link(String name, String target) {
        return entry(name, '2', target, new byte[0]);
    }

    public TarBuilder hardLink(String name, String target) {
        return entry(name, '1', target, new byte[0]);
    }

    public TarBuilder fifo(String name) {
        return entry(name, '6', "", new byte[0]);
    }

    public TarBuilder device(String name, char type, int major, int minor) {
        device = "%07o\0%07o\0".formatted(major, minor);
        entry(name, type, "", new byte[0]);
        device = "";
        return this;
    }

    /** An entry of any type, with a header as old as ustar. */
    public TarBuilder entry(String name, char type, String link, byte[] content) {
        writePax();
        write(name, type, link, content);
        return this;
    }

    private void writePax() {
        if (pax.isEmpty()) {
            return;
        }
        StringBuilder records = new StringBuilder();
        pax.forEach((key, value) -> {
            int length = key.length() + value.length() + 3;
            int digits =
                    String.valueOf(length + String.valueOf(length).length()).length();
            records.append(length + digits)
                    .append(' ')
                    .append(key)
                    .append('=')
                    .append(value)
                    .append('\n');
        });
        pax.clear();
        write("pax", 'x', "", records.toString().getBytes(ISO_8859_1));
    }

    private void write(String name, char type, String link, byte[] content) {
        byte[] header = new byte[BLOCK];
        put(header, 0, name);
        put(header, 100, "%07o\0".formatted(mode));
        put(header, 108, "%07o\0".formatted(uid));
        put(header, 116, "%07o\0".formatted(uid));
        put(header, 124, "%011o\0".formatted(content.length));
        put(header, 136, "%011o\0".formatted(1_000_000_000));
        put(header, 148, "        ");
        header[156] = (byte) type;
        put(header, 157, link);
        put(header, 257, "ustar\00000");
        put(header, 329, device);
        int sum = 0;
        for (byte b : header) {
            sum += b & 0xFF;
        }
        put(header, 148, "%06o\0 ".formatted(sum));
        out.writeBytes(header);
        out.writeBytes(Arrays.copyOf(content, (content.length + BLOCK - 1) / BLOCK * BLOCK));
    }

    private static void put(byte[] header, int offset, String text) {
        byte[] bytes = text.getBytes(ISO_8859_1);
        System.arraycopy(bytes, 0, header, offset, bytes.length);
    }

    /** The archive. */
    public byte[] bytes() {
        return Arrays.copyOf(out.toByteArray(), out.size() + 2 * BLOCK);
    }
}
