package dev.sandkeep.linux.tar;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What the extended headers of POSIX (pax) say of an entry: lines {@code <length> <key>=<value>}, values in any bytes. */
final class PaxRecords {
    private static final String SPARSE_MAP = "GNU.sparse.map";
    private static final String ATTRIBUTE = "SCHILY.xattr.";

    private final Map<String, String> values;

    private PaxRecords(Map<String, String> values) {
        this.values = values;
    }

    static PaxRecords none() {
        return new PaxRecords(Map.of());
    }

    /** These records with those of a further header, which go before. */
    PaxRecords with(byte[] header) throws MalformedTarException {
        Map<String, String> all = new HashMap<>(values);
        List<String> pieces = new ArrayList<>();
        String text = new String(header, ISO_8859_1);
        for (int at = 0; at < text.length(); ) {
            int space = text.indexOf(' ', at);
            int length = space < 0 ? 0 : length(text.substring(at, space));
            int equals = text.indexOf('=', at);
            int end = at + length;
            if (length <= 0 || end > text.length() || equals < space || equals >= end || text.charAt(end - 1) != '\n') {
                throw new MalformedTarException("the archive has a malformed extended header");
            }
            String key = text.substring(space + 1, equals);
            String value = text.substring(equals + 1, end - 1);
            switch (key) {
                // GNU's form 0.0 says the same two keys again for every piece; as a list they are its form 0.1.
                case "GNU.sparse.offset" -> pieces.add(value);
                case "GNU.sparse.numbytes" -> pieces.add(value);
                default -> all.put(key, value);
            }
            at = end;
        }
        if (!pieces.isEmpty()) {
            all.put(SPARSE_MAP, String.join(",", pieces));
        }
        return new PaxRecords(all);
    }

    private static int length(String digits) {
        try {
            return Integer.parseInt(digits);
        } catch (NumberFormatException e) {
            return 0;
        }
    }

    /** The pieces of a sparse file, when they stand here and not before its content. */
    Optional<String> sparseMap() {
        return text(SPARSE_MAP);
    }

    Optional<String> text(String key) {
        // An empty value takes back what a global header said.
        return Optional.ofNullable(values.get(key)).filter(value -> !value.isEmpty());
    }

    long number(String key, long otherwise) throws MalformedTarException {
        Optional<String> value = text(key);
        if (value.isEmpty()) {
            return otherwise;
        }
        try {
            return Long.parseLong(value.get());
        } catch (NumberFormatException e) {
            throw new MalformedTarException("the archive has an extended header in which " + key + " is no number");
        }
    }

    /** The time of modification in nanoseconds. */
    long modifiedNanos(long otherwise) throws MalformedTarException {
        Optional<String> value = text("mtime");
        if (value.isEmpty()) {
            return otherwise;
        }
        try {
            // Bounded before it is computed: "1e999999999" is a number too.
            if (value.get().length() > 40
                    || value.get().indexOf('e') >= 0
                    || value.get().indexOf('E') >= 0) {
                throw new NumberFormatException(value.get());
            }
            return new BigDecimal(value.get()).movePointRight(9).longValue();
        } catch (NumberFormatException e) {
            throw new MalformedTarException("the archive has an extended header with a malformed time");
        }
    }

    /** The key of an extended attribute, which must not have an equals sign: as GNU tar writes it. */
    static String keyOfAttribute(String name) {
        return ATTRIBUTE + name.replace("%", "%25").replace("=", "%3D");
    }

    /** Extended attributes by name. */
    Map<String, String> attributes() {
        Map<String, String> found = new HashMap<>();
        values.forEach((key, value) -> {
            if (key.startsWith(ATTRIBUTE)) {
                found.put(key.substring(ATTRIBUTE.length()).replace("%3D", "=").replace("%25", "%"), value);
            }
        });
        return found;
    }
}
