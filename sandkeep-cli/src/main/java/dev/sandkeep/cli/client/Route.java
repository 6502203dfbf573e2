package dev.sandkeep.cli.client;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/**
 * A path and query under {@code /api/v1}, with every part encoded.
 *
 * @param text what follows {@code /api/v1}, starting with a slash
 */
public record Route(String text) {
    /** The path made of {@code segments}, e.g. {@code Route.of("profiles", name, "draft")}. */
    public static Route of(String... segments) {
        StringJoiner path = new StringJoiner("/", "/", "");
        for (String segment : segments) {
            path.add(encode(segment));
        }
        return new Route(path.toString());
    }

    /** This route with one more query parameter; unchanged when {@code value} is null. */
    public Route with(String name, @Nullable Object value) {
        if (value == null) {
            return this;
        }
        return new Route(text + (text.contains("?") ? "&" : "?") + name + "=" + encode(value.toString()));
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
