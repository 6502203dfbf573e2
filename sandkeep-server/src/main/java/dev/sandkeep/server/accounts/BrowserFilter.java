package dev.sandkeep.server.accounts;

import dev.sandkeep.server.platform.errors.ProblemCode;
import dev.sandkeep.server.platform.errors.SandkeepException;
import dev.sandkeep.server.platform.security.AccessControl;
import dev.sandkeep.server.platform.security.Secrets;
import dev.sandkeep.server.platform.web.Problem;
import dev.sandkeep.server.platform.web.ProblemWriter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.security.authentication.UsernamePasswordAuthenticationToken;
import org.springframework.security.core.authority.AuthorityUtils;
import org.springframework.security.core.context.SecurityContext;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Finds out who calls from the cookie of a browser, when no API key has said it. What changes something, or opens a WebSocket or a
 * stream of events, has to come from one of our own pages: by what the browser says about the origin, and by the session's token.
 */
final class BrowserFilter extends OncePerRequestFilter {
    private static final Logger LOG = LoggerFactory.getLogger(BrowserFilter.class);
    private static final Set<String> SAFE = Set.of("GET", "HEAD", "OPTIONS");
    /** Forms that mean the same whoever is signed in, so that a page from before a sign-in still works. */
    private static final List<String> FORMS_OF_STRANGERS =
            List.of("/sign-in", "/set-up/", "/reset-password", "/forgotten-password");

    private final WebSessions sessions;
    private final OwnOrigin origin;
    private final Cookies cookies;
    private final ProblemWriter problems;

    BrowserFilter(WebSessions sessions, OwnOrigin origin, Cookies cookies, ProblemWriter problems) {
        this.sessions = sessions;
        this.origin = origin;
        this.cookies = cookies;
        this.problems = problems;
    }

    @Override
    protected boolean shouldNotFilter(HttpServletRequest request) {
        return request.getRequestURI().startsWith("/assets/");
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        if (AccessControl.caller().isPresent()) {
            chain.doFilter(request, response);
            return;
        }
        Optional<WebSession> session;
        try {
            session = session(request, response);
        } catch (DataAccessException e) {
            LOG.error("event=database_unavailable error=\"{}\"", e.getMessage());
            problems.write(response, Problem.of(ProblemCode.UNAVAILABLE));
            return;
        }
        Optional<String> forged = forged(request, session);
        if (forged.isPresent()) {
            LOG.warn(
                    "event=forged_request_refused method={} path={} address={} reason={}",
                    request.getMethod(),
                    LogSafe.of(request.getRequestURI()),
                    request.getRemoteAddr(),
                    forged.get());
            problems.write(response, Problem.of(new SandkeepException(ProblemCode.FORGED_REQUEST, why(forged.get()))));
            return;
        }
        session.flatMap(WebSession::caller).ifPresent(caller -> {
            SecurityContext context = SecurityContextHolder.createEmptyContext();
            context.setAuthentication(
                    UsernamePasswordAuthenticationToken.authenticated(caller, null, AuthorityUtils.NO_AUTHORITIES));
            SecurityContextHolder.setContext(context);
        });
        chain.doFilter(request, response);
    }

    private Optional<WebSession> session(HttpServletRequest request, HttpServletResponse response) {
        Optional<String> cookie = Cookies.read(request, Cookies.SESSION);
        if (cookie.isEmpty()) {
            return Optional.empty();
        }
        Optional<WebSessions.Opened> opened = sessions.resume(cookie.get(), Visitors.of(request));
        if (opened.isEmpty()) {
            cookies.remove(response, Cookies.SESSION);
            return Optional.empty();
        }
        opened.get().cookie().ifPresent(next -> cookies.session(response, next));
        WebSession session = opened.get().session();
        request.setAttribute(WebSessions.attribute(), session);
        return Optional.of(session);
    }

    /** What shows that somebody else sent the request; empty when nothing does. */
    private Optional<String> forged(HttpServletRequest request, Optional<WebSession> session) {
        boolean changes = !SAFE.contains(request.getMethod());
        boolean socket = "websocket".equalsIgnoreCase(request.getHeader(HttpHeaders.UPGRADE));
        boolean page = !request.getRequestURI().startsWith("/api/");
        String accept = request.getHeader(HttpHeaders.ACCEPT);
        boolean stream = accept != null && accept.contains(MediaType.TEXT_EVENT_STREAM_VALUE);
        // Browsers name the origin of a stream only when it is another one than ours.
        if (stream && session.isPresent() && request.getHeader(HttpHeaders.ORIGIN) != null && !origin.sent(request)) {
            return Optional.of("origin");
        }
        if ((changes && (page || session.isPresent())) || (socket && session.isPresent())) {
            if (!origin.sent(request)) {
                return Optional.of("origin");
            }
        }
        if (changes
                && session.isPresent()
                && FORMS_OF_STRANGERS.stream().noneMatch(request.getRequestURI()::startsWith)
                && !Secrets.same(session.get().csrfToken(), shown(request))) {
            return Optional.of("token");
        }
        return Optional.empty();
    }

    private static String shown(HttpServletRequest request) {
        String header = request.getHeader("X-CSRF-Token");
        if (header != null) {
            return header;
        }
        String type = request.getContentType();
        boolean form = type != null
                && type.toLowerCase(java.util.Locale.ROOT).startsWith(MediaType.APPLICATION_FORM_URLENCODED_VALUE);
        String field = form ? request.getParameter("_csrf") : null;
        return field == null ? "" : field;
    }

    private static String why(String reason) {
        return reason.equals("origin")
                ? "The browser does not say that the request comes from this server; behind a proxy that changes the host,"
                        + " set sandkeep.http.public-url."
                : "The request lacks the session's token, which our own pages send along.";
    }
}
