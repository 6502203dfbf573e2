package dev.sandkeep.server.platform.telemetry;

import java.time.Duration;
import java.util.Map;

/**
 * Where telemetry is sent.
 *
 * @param endpoint without {@code /v1/…} at its end
 * @param headers for every request; may hold secrets
 * @param resource what this server is called there
 */
record OtlpTarget(String endpoint, Map<String, String> headers, Map<String, String> resource) {
    /** For one request. */
    static final Duration TIMEOUT = Duration.ofSeconds(5);

    OtlpTarget {
        headers = Map.copyOf(headers);
        resource = Map.copyOf(resource);
    }

    /** Of a signal. */
    String url(String path) {
        return (endpoint.endsWith("/") ? endpoint.substring(0, endpoint.length() - 1) : endpoint) + path;
    }

    /** Shows no secret. */
    @Override
    public String toString() {
        return "OtlpTarget[" + endpoint + "]";
    }
}
