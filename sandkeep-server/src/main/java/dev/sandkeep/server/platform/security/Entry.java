package dev.sandkeep.server.platform.security;

import dev.sandkeep.server.platform.errors.ProblemCode;
import dev.sandkeep.server.platform.web.Problem;
import dev.sandkeep.server.platform.web.ProblemWriter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.security.core.AuthenticationException;
import org.springframework.security.web.AuthenticationEntryPoint;

/** What nobody gets who is not known: a problem document; people who ask for a page are sent to sign in first. */
final class Entry implements AuthenticationEntryPoint {
    private final ProblemWriter problems;

    Entry(ProblemWriter problems) {
        this.problems = problems;
    }

    @Override
    public void commence(
            HttpServletRequest request, HttpServletResponse response, AuthenticationException notAuthenticated)
            throws IOException {
        if (wantsPage(request)) {
            String query = request.getQueryString();
            String next = request.getRequestURI() + (query == null ? "" : "?" + query);
            response.setStatus(HttpServletResponse.SC_SEE_OTHER);
            response.setHeader(
                    HttpHeaders.LOCATION, "/sign-in?next=" + URLEncoder.encode(next, StandardCharsets.UTF_8));
            return;
        }
        response.setHeader(HttpHeaders.WWW_AUTHENTICATE, "Bearer");
        problems.write(response, Problem.of(ProblemCode.API_KEY_MISSING));
    }

    private static boolean wantsPage(HttpServletRequest request) {
        String accept = request.getHeader(HttpHeaders.ACCEPT);
        return HttpMethod.GET.matches(request.getMethod())
                && !request.getRequestURI().startsWith("/api/")
                && accept != null
                && accept.contains("text/html");
    }
}
