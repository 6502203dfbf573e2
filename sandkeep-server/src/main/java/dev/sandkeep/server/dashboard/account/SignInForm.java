package dev.sandkeep.server.dashboard.account;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * What the page shows where people sign in.
 *
 * @param next where to go then
 * @param email what was typed before
 * @param problem why the last try failed; empty when there was none
 * @param notice what has just happened; empty when nothing has
 * @param provider of OpenID, by name
 */
public record SignInForm(String next, String email, String problem, String notice, Optional<String> provider) {
    /** {@link #next} as a part of a link. */
    public String nextEncoded() {
        return URLEncoder.encode(next, StandardCharsets.UTF_8);
    }
}
