package dev.sandkeep.server.platform.database;

import dev.sandkeep.server.platform.config.StartFailure;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;

/**
 * How to reach the database.
 *
 * @param url for JDBC, without a password
 * @param embedded whether the server is part of this installation, and so used by nobody else
 */
public record DatabaseEndpoint(String url, String username, String password, boolean embedded) {

    /**
     * From what an operator wrote: {@code postgresql://user:password@host:port/database?options} or {@code jdbc:postgresql:…}.
     *
     * @throws StartFailure when no user is named
     */
    public static DatabaseEndpoint external(String text) {
        String plain = text.startsWith("jdbc:") ? text.substring("jdbc:".length()) : text;
        URI uri = URI.create(plain);
        String query = uri.getRawQuery() == null ? "" : uri.getRawQuery();
        String username = parameter(query, "user");
        String password = parameter(query, "password");
        if (uri.getRawUserInfo() != null) {
            String[] parts = uri.getRawUserInfo().split(":", 2);
            username = URLDecoder.decode(parts[0], StandardCharsets.UTF_8);
            password = parts.length == 2 ? URLDecoder.decode(parts[1], StandardCharsets.UTF_8) : password;
        }
        if (username.isEmpty()) {
            throw new StartFailure(
                    "SANDKEEP_DATABASE_URL names no user.",
                    "Write it as postgresql://user:password@host:5432/database.");
        }
        String port = uri.getPort() < 0 ? "" : ":" + uri.getPort();
        String rest = withoutCredentials(query);
        return new DatabaseEndpoint(
                "jdbc:postgresql://" + uri.getHost() + port + uri.getRawPath() + (rest.isEmpty() ? "" : "?" + rest),
                username,
                password,
                false);
    }

    /** Where the database is, fit for messages. */
    public String place() {
        int options = url.indexOf('?');
        return (options < 0 ? url : url.substring(0, options)).replaceFirst("^jdbc:", "");
    }

    @Override
    public String toString() {
        return "DatabaseEndpoint[" + place() + ", user=" + username + "]";
    }

    private static String parameter(String query, String name) {
        for (String pair : query.split("&", -1)) {
            if (pair.startsWith(name + "=")) {
                return URLDecoder.decode(pair.substring(name.length() + 1), StandardCharsets.UTF_8);
            }
        }
        return "";
    }

    private static String withoutCredentials(String query) {
        return java.util.Arrays.stream(query.split("&", -1))
                .filter(pair -> !pair.isEmpty() && !pair.startsWith("user=") && !pair.startsWith("password="))
                .collect(java.util.stream.Collectors.joining("&"));
    }
}
