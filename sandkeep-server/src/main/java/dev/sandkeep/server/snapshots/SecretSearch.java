package dev.sandkeep.server.snapshots;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Looks through files, one after the other, for the first secret in each. Reads a file once, in windows that overlap by the longest
 * match, so that memory does not grow with it; a table of first bytes keeps the patterns away from where they cannot match. Not
 * safe for concurrent use.
 */
final class SecretSearch {
    private static final int WINDOW = 128 * 1024;
    /** No secret is longer, as far as it has to be seen to be one. */
    private static final int OVERLAP = 4 * 1024;
    /** What has a zero byte here is no text. */
    private static final int HEAD = 8 * 1024;

    private final List<List<SecretRule>> byFirstByte = new ArrayList<>();
    private final byte[] window = new byte[WINDOW];

    SecretSearch(List<SecretRule> rules) {
        for (int first = 0; first < 256; first++) {
            int byteValue = first;
            byFirstByte.add(rules.stream()
                    .filter(rule -> rule.literal().charAt(0) == byteValue)
                    .toList());
        }
    }

    /**
     * Reads text to its end.
     *
     * @param path of the file, which some rules ask for
     * @return name of the first rule that matches; empty also for what is no text
     */
    Optional<String> search(String path, InputStream content) throws IOException {
        int kept = 0;
        boolean first = true;
        while (true) {
            int read = content.readNBytes(window, kept, window.length - kept);
            int length = kept + read;
            if (first && holdsZero(window, Math.min(length, HEAD))) {
                return Optional.empty();
            }
            first = false;
            boolean last = length < window.length;
            // What begins in the overlap is seen whole in the next window.
            Optional<String> found = search(path, length, last ? length : length - OVERLAP);
            if (found.isPresent() || last) {
                return found;
            }
            System.arraycopy(window, length - OVERLAP, window, 0, OVERLAP);
            kept = OVERLAP;
        }
    }

    private Optional<String> search(String path, int length, int begin) {
        String text = new String(window, 0, length, StandardCharsets.ISO_8859_1);
        for (int at = 0; at < begin; at++) {
            for (SecretRule rule : byFirstByte.get(window[at] & 0xff)) {
                if (text.startsWith(rule.literal(), at)
                        && rule.looksInto(path)
                        && rule.shape()
                                .matcher(text)
                                .region(at, Math.min(length, at + OVERLAP))
                                .lookingAt()) {
                    return Optional.of(rule.name());
                }
            }
        }
        return Optional.empty();
    }

    private static boolean holdsZero(byte[] bytes, int length) {
        for (int i = 0; i < length; i++) {
            if (bytes[i] == 0) {
                return true;
            }
        }
        return false;
    }
}
