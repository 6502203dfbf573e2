package dev.sandkeep.server.platform.telemetry;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Optional;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.http.MediaType;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;
import org.springframework.web.servlet.HandlerMapping;

/**
 * Times every request by the template of its address, and begins its trace. The first filter of all: what the others refuse counts
 * too.
 */
@Component
@Order(Ordered.HIGHEST_PRECEDENCE)
final class RequestTelemetry extends OncePerRequestFilter {
    private static final String NO_ROUTE = "none";

    private final Metrics metrics;
    private final Traces traces;

    RequestTelemetry(Metrics metrics, Traces traces) {
        this.metrics = metrics;
        this.traces = traces;
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        long since = System.nanoTime();
        String parent = Optional.ofNullable(request.getHeader("traceparent")).orElse("");
        int status = HttpServletResponse.SC_INTERNAL_SERVER_ERROR;
        try (Traces.Span span = traces.serve("request", parent)) {
            try {
                chain.doFilter(request, response);
                status = response.getStatus();
            } finally {
                String route = route(request);
                String code = Integer.toString(status);
                if (!isStream(response)) {
                    metrics.tookSince(since, Metric.HTTP_REQUEST, request.getMethod(), route, code);
                }
                span.rename(request.getMethod() + " " + route);
                span.note("http.request.method", request.getMethod());
                span.note("http.route", route);
                span.note("http.response.status_code", code);
                if (status >= HttpServletResponse.SC_INTERNAL_SERVER_ERROR) {
                    span.failed(code);
                }
            }
        }
    }

    /** Lasts for as long as somebody listens, which says nothing of the server. */
    private static boolean isStream(HttpServletResponse response) {
        String type = response.getContentType();
        return type != null && type.startsWith(MediaType.TEXT_EVENT_STREAM_VALUE);
    }

    /** Where nothing fits, the address is somebody's invention and no label. */
    private static String route(HttpServletRequest request) {
        Object pattern = request.getAttribute(HandlerMapping.BEST_MATCHING_PATTERN_ATTRIBUTE);
        return pattern == null ? NO_ROUTE : pattern.toString();
    }
}
