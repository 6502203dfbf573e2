package dev.sandkeep.linux.volumes;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Patterns in the syntax of {@code .gitignore}, applied to names in bytes: {@code ?} stands for one byte. Matching takes time in
 * proportion to pattern times name, whatever both are.
 *
 * @see <a href="https://git-scm.com/docs/gitignore#_pattern_format">gitignore, pattern format</a>
 */
final class ExcludePatterns {
    private final List<Pattern> patterns;

    /** @param lines one pattern each; blank ones and comments are none */
    ExcludePatterns(List<String> lines) {
        this.patterns =
                lines.stream().map(Pattern::parse).flatMap(Optional::stream).toList();
    }

    boolean isEmpty() {
        return patterns.isEmpty();
    }

    /**
     * Whether a path is left out, provided that no directory above it is.
     *
     * @param path below the top, in ISO 8859-1, so that every byte is one character
     */
    boolean excludes(String path, boolean directory) {
        String name = path.substring(path.lastIndexOf('/') + 1);
        for (Pattern pattern : patterns.reversed()) {
            if ((directory || !pattern.directoriesOnly())
                    && (pattern.anchored() ? pattern.matchesPath(path) : pattern.matchesName(name))) {
                return !pattern.negated();
            }
        }
        return false;
    }

    /**
     * @param segments between slashes
     * @param anchored whether they are counted from the top; else there is one, for names at any depth
     */
    private record Pattern(List<Glob> segments, boolean anchored, boolean negated, boolean directoriesOnly) {
        static Optional<Pattern> parse(String line) {
            String text = new String(withoutBlankEnd(line).getBytes(UTF_8), ISO_8859_1);
            if (text.isEmpty() || text.startsWith("#")) {
                return Optional.empty();
            }
            boolean negated = text.startsWith("!");
            text = negated ? text.substring(1) : text;
            boolean directoriesOnly = text.endsWith("/");
            text = directoriesOnly ? text.substring(0, text.length() - 1) : text;
            boolean anchored = text.indexOf('/') >= 0;
            text = text.startsWith("/") ? text.substring(1) : text;
            return text.isEmpty()
                    ? Optional.empty()
                    : Optional.of(new Pattern(
                            Stream.of(text.split("/", -1)).map(Glob::parse).toList(),
                            anchored,
                            negated,
                            directoriesOnly));
        }

        private static String withoutBlankEnd(String line) {
            int end = line.length();
            while (end > 0 && line.charAt(end - 1) == ' ' && (end < 2 || line.charAt(end - 2) != '\\')) {
                end--;
            }
            return line.substring(0, end);
        }

        boolean matchesName(String name) {
            return segments.getFirst().matches(name);
        }

        boolean matchesPath(String path) {
            List<String> names = List.of(path.split("/", -1));
            // reach[i]: whether the segments so far match the first i names.
            boolean[] reach = new boolean[names.size() + 1];
            reach[0] = true;
            for (int at = 0; at < segments.size(); at++) {
                Glob segment = segments.get(at);
                boolean[] next = new boolean[names.size() + 1];
                boolean last = at == segments.size() - 1;
                boolean open = false;
                for (int i = 0; i <= names.size(); i++) {
                    if (segment.anyDepth()) {
                        // At the end it stands for everything below, which is at least one name.
                        next[i] = open || (reach[i] && !last);
                        open |= reach[i];
                    } else {
                        next[i] = i > 0 && reach[i - 1] && segment.matches(names.get(i - 1));
                    }
                }
                reach = next;
            }
            return reach[names.size()];
        }
    }

    /**
     * {@code * ? [a-z] [!a] \x} within one name.
     *
     * @param anyDepth whether it is {@code **}, which between slashes stands for any number of names
     */
    private record Glob(List<Element> elements, boolean anyDepth) {
        static Glob parse(String pattern) {
            return new Glob(elements(pattern), pattern.equals("**"));
        }

        /** One place in a pattern: what character may stand there, or any number of any. */
        private record Element(boolean star, boolean inverted, String ranges) {
            boolean accepts(char c) {
                boolean in = false;
                for (int i = 0; i < ranges.length(); i += 2) {
                    in |= c >= ranges.charAt(i) && c <= ranges.charAt(i + 1);
                }
                return in != inverted;
            }
        }

        boolean matches(String name) {
            boolean[] reach = new boolean[name.length() + 1];
            reach[0] = true;
            for (Element element : elements) {
                boolean[] next = new boolean[name.length() + 1];
                boolean open = false;
                for (int i = 0; i <= name.length(); i++) {
                    open |= reach[i];
                    next[i] = element.star() ? open : i > 0 && reach[i - 1] && element.accepts(name.charAt(i - 1));
                }
                reach = next;
            }
            return reach[name.length()];
        }

        private static List<Element> elements(String pattern) {
            List<Element> elements = new ArrayList<>();
            for (int at = 0; at < pattern.length(); at++) {
                char c = pattern.charAt(at);
                int close = c == '[' ? end(pattern, at) : -1;
                if (c == '*') {
                    elements.add(new Element(true, false, ""));
                } else if (c == '?') {
                    elements.add(new Element(false, true, ""));
                } else if (close > 0) {
                    elements.add(oneOf(pattern.substring(at + 1, close)));
                    at = close;
                } else {
                    at += c == '\\' && at + 1 < pattern.length() ? 1 : 0;
                    elements.add(new Element(false, false, ("" + pattern.charAt(at)).repeat(2)));
                }
            }
            return elements;
        }

        /** Where the bracket closes; -1 when it does not, and so is a character like any other. */
        private static int end(String pattern, int open) {
            int at = open + 1;
            if (at < pattern.length() && (pattern.charAt(at) == '!' || pattern.charAt(at) == '^')) {
                at++;
            }
            for (int i = at + 1; i < pattern.length(); i++) {
                if (pattern.charAt(i) == ']') {
                    return i;
                }
            }
            return -1;
        }

        private static Element oneOf(String content) {
            boolean inverted = content.startsWith("!") || content.startsWith("^");
            StringBuilder ranges = new StringBuilder();
            for (int at = inverted ? 1 : 0; at < content.length(); at++) {
                char from = content.charAt(at);
                char to = from;
                if (at + 2 < content.length() && content.charAt(at + 1) == '-') {
                    to = content.charAt(at + 2);
                    at += 2;
                }
                ranges.append(from).append(to);
            }
            return new Element(false, inverted, ranges.toString());
        }
    }
}
