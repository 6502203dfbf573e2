package dev.sandkeep.server.accounts;

import dev.sandkeep.server.platform.config.SandkeepProperties;
import jakarta.servlet.http.Cookie;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import org.springframework.http.HttpHeaders;
import org.springframework.http.ResponseCookie;
import org.springframework.stereotype.Component;

/** The cookies that are set, out of reach for scripts and for other sites. */
@Component
public final class Cookies {
    /** Who has signed in. */
    public static final String SESSION = "sandkeep_session";
    /** That somebody has signed in with this browser before. */
    static final String BROWSER = "sandkeep_browser";
    /** Who has shown a password and still has to show a code. */
    static final String CHALLENGE = "sandkeep_challenge";
    /** Who was sent to an OpenID provider. */
    static final String OPENID = "sandkeep_openid";

    private final boolean secure;
    private final Duration sessionLifetime;

    Cookies(SandkeepProperties properties) {
        this.secure = properties.secure();
        this.sessionLifetime = properties.accounts().sessionLifetime();
    }

    static Optional<String> read(HttpServletRequest request, String name) {
        Cookie[] cookies = request.getCookies();
        return cookies == null
                ? Optional.empty()
                : Arrays.stream(cookies)
                        .filter(cookie -> cookie.getName().equals(name))
                        .map(Cookie::getValue)
                        .filter(value -> !value.isEmpty())
                        .findFirst();
    }

    /** Gives a browser what it is known by from now on. */
    public void write(HttpServletResponse response, SignInStep step) {
        switch (step) {
            case SignedIn in -> {
                session(response, in.cookie());
                write(response, BROWSER, in.browser(), KnownBrowsers.REMEMBERED);
                remove(response, CHALLENGE);
            }
            case CodeNeeded code -> write(response, CHALLENGE, code.challenge(), Challenges.LIFETIME);
        }
    }

    /** What a browser shows that was asked for a code; empty when it was not. */
    public static String challenge(HttpServletRequest request) {
        return read(request, CHALLENGE).orElse("");
    }

    /** By which a browser is known again that was sent to the OpenID provider. */
    public void sentAway(HttpServletResponse response, OpenId.Departure departure) {
        write(response, OPENID, departure.browser(), OpenIdRequests.LIFETIME);
    }

    /** What a browser shows that was sent there; empty when it was not. */
    public static String sentAway(HttpServletRequest request) {
        return read(request, OPENID).orElse("");
    }

    /** Takes the session from a browser. */
    public void signedOut(HttpServletResponse response) {
        remove(response, SESSION);
    }

    void session(HttpServletResponse response, String token) {
        write(response, SESSION, token, sessionLifetime);
    }

    void write(HttpServletResponse response, String name, String value, Duration lifetime) {
        response.addHeader(
                HttpHeaders.SET_COOKIE,
                ResponseCookie.from(name, value)
                        .path("/")
                        .httpOnly(true)
                        .secure(secure)
                        .sameSite("Lax")
                        .maxAge(lifetime)
                        .build()
                        .toString());
    }

    void remove(HttpServletResponse response, String name) {
        write(response, name, "", Duration.ZERO);
    }
}
