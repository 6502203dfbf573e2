package dev.sandkeep.server.platform.json;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Writes JSON in one way only, so that equal values are equal bytes: keys sorted by their UTF-16 code units, no white space,
 * numbers without exponent and without superfluous zeros, only what must be escaped is. (The idea of RFC 8785.)
 */
public final class CanonicalJson {
    private final StringBuilder text = new StringBuilder(1024);

    private CanonicalJson() {}

    /** Writes a tree of maps with text keys, lists, texts, whole numbers, {@link BigDecimal}s and booleans. */
    public static byte[] bytes(Object tree) {
        CanonicalJson writer = new CanonicalJson();
        writer.write(tree);
        return writer.text.toString().getBytes(StandardCharsets.UTF_8);
    }

    private void write(Object value) {
        switch (value) {
            case Map<?, ?> map -> object(map);
            case List<?> list -> array(list);
            case String string -> string(string);
            case BigDecimal number ->
                text.append(
                        number.signum() == 0 ? "0" : number.stripTrailingZeros().toPlainString());
            case Integer number -> text.append(number);
            case Long number -> text.append(number);
            case Boolean bool -> text.append(bool);
            default -> throw new IllegalArgumentException("no canonical form for a " + value.getClass());
        }
    }

    private void object(Map<?, ?> map) {
        TreeMap<String, Object> sorted = new TreeMap<>();
        map.forEach((key, value) -> sorted.put((String) key, value));
        char separator = '{';
        for (Map.Entry<String, Object> entry : sorted.entrySet()) {
            text.append(separator);
            string(entry.getKey());
            text.append(':');
            write(entry.getValue());
            separator = ',';
        }
        text.append(sorted.isEmpty() ? "{}" : "}");
    }

    private void array(List<?> list) {
        text.append('[');
        for (int i = 0; i < list.size(); i++) {
            if (i > 0) {
                text.append(',');
            }
            write(list.get(i));
        }
        text.append(']');
    }

    private void string(String value) {
        text.append('"');
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            switch (c) {
                case '"' -> text.append("\\\"");
                case '\\' -> text.append("\\\\");
                case '\n' -> text.append("\\n");
                case '\r' -> text.append("\\r");
                case '\t' -> text.append("\\t");
                case '\b' -> text.append("\\b");
                case '\f' -> text.append("\\f");
                default -> {
                    if (c < 0x20) {
                        text.append(String.format("\\u%04x", (int) c));
                    } else {
                        text.append(c);
                    }
                }
            }
        }
        text.append('"');
    }
}
