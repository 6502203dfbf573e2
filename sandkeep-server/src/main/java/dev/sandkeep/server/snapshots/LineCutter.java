package dev.sandkeep.server.snapshots;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/**
 * Cuts what a program writes into lines of text that a database, a browser and a terminal can show.
 *
 * <ul>
 *   <li>{@code \n}, {@code \r\n} and a lone {@code \r} (progress bars) end a line. An empty line that only a lone {@code \r}
 *       would make is left out.
 *   <li>A line is cut after {@value #LONGEST} characters; the rest follows as lines of its own.
 *   <li>Bytes that are not UTF-8, NUL and other control characters but the tab become U+FFFD. Terminal escape sequences are
 *       removed: a log must not steer the terminal that shows it.
 * </ul>
 *
 * Memory is bounded by one line. Not safe for concurrent use.
 */
final class LineCutter {
    /** Most characters in a line. */
    static final int LONGEST = 4096;

    private static final Pattern ESCAPE_SEQUENCE =
            Pattern.compile("\u001b(?:\\[[0-?]*[ -/]*[@-~]|\\][^\u0007\u001b]*(?:\u0007|\u001b\\\\)?|[@-Z\\\\^_])");
    private static final Pattern CONTROL = Pattern.compile("[\\p{Cntrl}&&[^\t]]");

    private final CharsetDecoder decoder = StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPLACE)
            .onUnmappableCharacter(CodingErrorAction.REPLACE);
    private final ByteBuffer undecoded = ByteBuffer.allocate(16 * 1024);
    private final CharBuffer decoded = CharBuffer.allocate(16 * 1024);
    private final StringBuilder line = new StringBuilder();
    private final Consumer<String> lines;
    private boolean afterCarriageReturn;

    /** @param lines gets every line, without its end */
    LineCutter(Consumer<String> lines) {
        this.lines = lines;
    }

    /** Takes {@code length} bytes. */
    void take(byte[] bytes, int length) {
        int from = 0;
        while (from < length) {
            int part = Math.min(length - from, undecoded.remaining());
            undecoded.put(bytes, from, part);
            from += part;
            decode(false);
        }
    }

    /** Ends the output: what stands without a line end is a line too. */
    void finish() {
        decode(true);
        decoder.flush(decoded);
        drain();
        if (!line.isEmpty()) {
            emit();
        }
    }

    private void decode(boolean end) {
        undecoded.flip();
        while (decoder.decode(undecoded, decoded, end).isOverflow()) {
            drain();
        }
        undecoded.compact();
        drain();
    }

    private void drain() {
        decoded.flip();
        while (decoded.hasRemaining()) {
            accept(decoded.get());
        }
        decoded.clear();
    }

    private void accept(char character) {
        boolean endsPair = afterCarriageReturn && character == '\n';
        if (afterCarriageReturn && (endsPair || !line.isEmpty())) {
            emit();
        }
        afterCarriageReturn = character == '\r';
        if (endsPair || afterCarriageReturn) {
            return;
        }
        if (character == '\n') {
            emit();
            return;
        }
        line.append(character);
        // Never between the two halves of a character outside the basic plane.
        if (line.length() >= LONGEST && !Character.isHighSurrogate(character)) {
            emit();
        }
    }

    private void emit() {
        String text = line.toString();
        line.setLength(0);
        if (text.indexOf('\u001b') >= 0) {
            text = ESCAPE_SEQUENCE.matcher(text).replaceAll("");
        }
        lines.accept(CONTROL.matcher(text).replaceAll("\ufffd"));
    }
}
