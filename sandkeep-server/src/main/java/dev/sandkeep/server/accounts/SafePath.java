package dev.sandkeep.server.accounts;

import java.net.URI;
import java.net.URISyntaxException;
import org.jspecify.annotations.Nullable;

/** Where to go after a sign-in: a page of this server, whatever a link says. */
public final class SafePath {
    public static final String HOME = "/";
    private static final int LONGEST = 2000;

    private SafePath() {}

    /** {@code wanted} when it is a page of ours; the home page when it is anything else. */
    public static String of(@Nullable String wanted) {
        return wanted != null && isOurs(wanted) ? wanted : HOME;
    }

    private static boolean isOurs(String path) {
        // Browsers take a backslash for a slash and leave out tabs and line ends.
        if (path.length() > LONGEST
                || !path.startsWith("/")
                || path.startsWith("//")
                || path.contains("\\")
                || path.chars().anyMatch(c -> c <= 0x20 || c >= 0x7f)) {
            return false;
        }
        try {
            URI uri = new URI(path);
            return uri.getScheme() == null
                    && uri.getRawAuthority() == null
                    && uri.getRawPath().startsWith("/")
                    && !uri.getRawPath().matches(".*/[.]{1,2}(/.*)?")
                    && !uri.getRawPath()
                            .matches("/(api|sign-in|sign-out|set-up|reset-password|forgotten-password)(/.*)?");
        } catch (URISyntaxException e) {
            return false;
        }
    }
}
