package dev.sandkeep.spi;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.Arrays;

/**
 * An absolute path in the file system of a compute or an image.
 *
 * <p>Linux names are bytes, anything but {@code /} and zero, and what runs in a sandbox may choose any. Two paths are equal
 * when their bytes are. {@link #toString()} is a form for people, logs and JSON, in one line and without anything that a
 * terminal obeys; different paths have different forms, and {@link #parse} reads one back.
 */
public final class FilePath implements Comparable<FilePath> {
    /** The top: {@code /}. */
    public static final FilePath ROOT = new FilePath(new byte[] {'/'});

    private final byte[] bytes;

    private FilePath(byte[] bytes) {
        this.bytes = bytes;
    }

    /**
     * The path of these bytes.
     *
     * @throws IllegalArgumentException when it is not absolute, or has an empty component, {@code .} or {@code ..}, a zero byte
     *     or a slash at its end
     */
    public static FilePath of(byte[] bytes) {
        FilePath path = new FilePath(bytes.clone());
        path.validate();
        return path;
    }

    /** The path of this text in UTF-8, taken as it is; see {@link #of(byte[])}. */
    public static FilePath of(String text) {
        return of(text.getBytes(UTF_8));
    }

    /**
     * Reads back what {@link #toString()} wrote.
     *
     * @throws IllegalArgumentException when {@code text} has an escape that {@link #toString()} does not write
     */
    public static FilePath parse(String text) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int at = 0; at < text.length(); ) {
            int next = text.indexOf('\\', at);
            int end = next < 0 ? text.length() : next;
            out.writeBytes(text.substring(at, end).getBytes(UTF_8));
            at = end;
            if (at < text.length()) {
                at = unescape(text, at + 1, out);
            }
        }
        return of(out.toByteArray());
    }

    private static int unescape(String text, int at, ByteArrayOutputStream out) {
        if (text.startsWith("\\", at)) {
            out.write('\\');
            return at + 1;
        }
        if (!text.startsWith("x", at) || at + 3 > text.length()) {
            throw new IllegalArgumentException("not a path as it is printed: " + text);
        }
        out.write(Integer.parseInt(text.substring(at + 1, at + 3), 16));
        return at + 3;
    }

    private void validate() {
        if (bytes.length == 0 || bytes[0] != '/') {
            throw new IllegalArgumentException("a path must be absolute: '" + this + "'");
        }
        if (bytes.length == 1) {
            return;
        }
        int from = 1;
        for (int at = 1; at <= bytes.length; at++) {
            if (at < bytes.length && bytes[at] == 0) {
                throw new IllegalArgumentException("a path has no zero byte: '" + this + "'");
            }
            if (at == bytes.length || bytes[at] == '/') {
                if (isNoName(from, at - from)) {
                    throw new IllegalArgumentException("a path has only plain names: '" + this + "'");
                }
                from = at + 1;
            }
        }
    }

    private boolean isNoName(int from, int length) {
        return switch (length) {
            case 0 -> true;
            case 1 -> bytes[from] == '.';
            case 2 -> bytes[from] == '.' && bytes[from + 1] == '.';
            default -> false;
        };
    }

    /** The path's bytes, beginning with a slash. */
    public byte[] bytes() {
        return bytes.clone();
    }

    /**
     * The path of {@code name} in this directory.
     *
     * @param name one component
     */
    public FilePath child(byte[] name) {
        byte[] child = Arrays.copyOf(bytes, bytes.length + (isRoot() ? 0 : 1) + name.length);
        child[child.length - name.length - 1] = '/';
        System.arraycopy(name, 0, child, child.length - name.length, name.length);
        return of(child);
    }

    /** Whether this is {@link #ROOT}. */
    public boolean isRoot() {
        return bytes.length == 1;
    }

    /**
     * The path as one line of printable text: valid UTF-8 stays as it is, but {@code \} becomes {@code \\}, and every byte of what
     * is no UTF-8, a control character, a line or paragraph separator or a mark of writing direction becomes {@code \x} and two
     * hexadecimal digits.
     */
    @Override
    public String toString() {
        // Nearly all paths are such, and a tree of one's own making can have some that are as long as all others
        // together.
        if (isPlain()) {
            return new String(bytes, US_ASCII);
        }
        StringBuilder text = new StringBuilder(bytes.length);
        for (int at = 0; at < bytes.length; ) {
            int length = lengthOfCharacter(at);
            String character = decoded(at, length);
            if (character.equals("\\")) {
                text.append("\\\\");
            } else if (!character.isEmpty() && isPrintable(character.codePointAt(0))) {
                text.append(character);
            } else {
                length = Math.max(1, character.getBytes(UTF_8).length);
                for (int i = at; i < at + length; i++) {
                    text.append("\\x").append(Character.forDigit((bytes[i] >> 4) & 0xF, 16));
                    text.append(Character.forDigit(bytes[i] & 0xF, 16));
                }
            }
            at += length;
        }
        return text.toString();
    }

    /** Whether every byte stands for itself. */
    private boolean isPlain() {
        for (byte each : bytes) {
            if (each < ' ' || each == '\\' || each == 0x7F) {
                return false;
            }
        }
        return true;
    }

    private int lengthOfCharacter(int at) {
        int first = bytes[at] & 0xFF;
        int wanted = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
        return Math.min(wanted, bytes.length - at);
    }

    /** The one character of these bytes; empty when they are none. */
    private String decoded(int at, int length) {
        try {
            CharBuffer decoded = UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, at, length));
            String text = decoded.toString();
            return text.codePointCount(0, text.length()) == 1 ? text : "";
        } catch (CharacterCodingException e) {
            return "";
        }
    }

    private static boolean isPrintable(int character) {
        return switch (Character.getType(character)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR -> false;
            default -> true;
        };
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof FilePath path && Arrays.equals(bytes, path.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    /** By bytes, unsigned: a directory comes before what is in it. */
    @Override
    public int compareTo(FilePath other) {
        return Arrays.compareUnsigned(bytes, other.bytes);
    }
}
