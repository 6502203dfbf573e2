package dev.sandkeep.linux.registry;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/** Gets things by HTTP, one request at a time: redirections are the caller's to follow, who knows what may go where. */
final class Web implements AutoCloseable {
    static final Duration SILENCE = Duration.ofSeconds(60);
    private static final Duration CONNECT = Duration.ofSeconds(15);

    private final HttpClient http = HttpClient.newBuilder()
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(CONNECT)
            .build();

    /** An answer whose body is read until it ends, or until nothing comes for {@link #SILENCE}; the caller closes it. */
    HttpResponse<InputStream> get(URI address, Map<String, String> headers) throws IOException {
        HttpRequest.Builder request = HttpRequest.newBuilder(address).timeout(SILENCE);
        headers.forEach(request::header);
        try {
            return http.send(request.build(), BodyHandlers.ofInputStream());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while asking " + address.getHost(), e);
        }
    }

    /** Where a redirection leads, if it may be followed: never from TLS to plain text. */
    static Optional<URI> redirection(URI from, String location) {
        try {
            URI to = from.resolve(location);
            boolean safe = "https".equals(to.getScheme())
                    || ("http".equals(to.getScheme()) && "http".equals(from.getScheme()));
            return safe && to.getHost() != null ? Optional.of(to) : Optional.empty();
        } catch (IllegalArgumentException malformed) {
            return Optional.empty();
        }
    }

    @Override
    public void close() {
        http.shutdownNow();
    }
}
