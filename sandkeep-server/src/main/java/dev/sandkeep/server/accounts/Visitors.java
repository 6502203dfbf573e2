package dev.sandkeep.server.accounts;

import jakarta.servlet.http.HttpServletRequest;
import org.springframework.http.HttpHeaders;

/** Sees where requests come from. */
public final class Visitors {
    private Visitors() {}

    /** Whom a request comes from. */
    public static Visitor of(HttpServletRequest request) {
        String agent = request.getHeader(HttpHeaders.USER_AGENT);
        return new Visitor(
                request.getRemoteAddr(),
                agent == null ? "" : agent,
                Cookies.read(request, Cookies.BROWSER).orElse(""));
    }
}
