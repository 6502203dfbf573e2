package dev.sandkeep.cli.client;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Calls of the public API. Every answer that is not a success becomes an {@link ApiProblem}, every connection
 * that does not come about a {@link ServerUnreachable}.
 */
public final class SandkeepClient implements AutoCloseable {
    /** Longer than any wait the API offers (60 s). */
    private static final Duration ANSWER = Duration.ofMinutes(2);

    /** Until the answer to a stream that is sent, or the first byte of one that is asked for. */
    private static final Duration A_DAY = Duration.ofDays(1);

    private static final Duration CONNECT = Duration.ofSeconds(5);
    private static final int CREATE_ATTEMPTS = 3;

    private final URI server;
    private final String apiKey;
    private final HttpClient http;

    /**
     * @param server e.g. {@code http://127.0.0.1:7080}
     * @param apiKey empty when only what needs none is to be asked
     */
    public SandkeepClient(URI server, String apiKey) {
        this.server = server;
        this.apiKey = apiKey;
        this.http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(CONNECT)
                .build();
    }

    /** The server's address. */
    public URI server() {
        return server;
    }

    /** Reads one resource. */
    public JsonNode get(Route route) {
        return json(request(route).GET());
    }

    /** Reads every page of a list. */
    public List<JsonNode> list(Route route) {
        List<JsonNode> items = new ArrayList<>();
        String cursor = null;
        do {
            JsonNode page = get(route.with("cursor", cursor));
            page.path("items").forEach(items::add);
            JsonNode next = page.path("nextCursor");
            cursor = next.isString() ? next.asString() : null;
        } while (cursor != null);
        return items;
    }

    /** Replaces a resource. */
    public JsonNode put(Route route, JsonNode body) {
        return json(withBody(request(route), "PUT", body));
    }

    /** Replaces a resource if its revision is still {@code revision}. */
    public JsonNode putIfMatch(Route route, JsonNode body, String revision) {
        return json(withBody(request(route).header("If-Match", "\"" + revision + "\""), "PUT", body));
    }

    /** Asks for an action on a resource that exists, such as stop or resume. */
    public JsonNode post(Route route, JsonNode body) {
        return json(withBody(request(route), "POST", body));
    }

    /**
     * Creates something, once: a connection that breaks before the answer is tried again under the same
     * idempotency key.
     */
    public JsonNode create(Route route, JsonNode body) {
        HttpRequest.Builder request = withBody(request(route), "POST", body)
                .header("Idempotency-Key", UUID.randomUUID().toString());
        for (int attempt = 1; ; attempt++) {
            try {
                return json(request);
            } catch (ServerUnreachable e) {
                if (attempt == CREATE_ATTEMPTS || e.getCause() instanceof ConnectException) {
                    throw e;
                }
            }
        }
    }

    /** Deletes a resource. */
    public void delete(Route route) {
        send(request(route).DELETE().build(), BodyHandlers.ofString());
    }

    /** Asks whether the server is up, which needs no key: the document, whatever its status code says. */
    public JsonNode health() {
        HttpRequest request = HttpRequest.newBuilder(address(Route.of("health")))
                .timeout(CONNECT)
                .GET()
                .build();
        HttpResponse<String> answer = exchange(request, BodyHandlers.ofString());
        return answer.body().startsWith("{")
                ? Json.parse(answer.body())
                : Json.object()
                        .put("status", "unknown")
                        .put("reason", "HTTP " + answer.statusCode() + ", not a Sandkeep server's answer");
    }

    /**
     * Opens a stream of server-sent events.
     *
     * @param lastEventId where a broken stream ended; null to start at the beginning
     */
    InputStream openEvents(Route route, @Nullable String lastEventId) {
        HttpRequest.Builder request = request(route).header("Accept", "text/event-stream");
        if (lastEventId != null) {
            request.header("Last-Event-ID", lastEventId);
        }
        return send(request.GET().build(), BodyHandlers.ofInputStream()).body();
    }

    /** Opens the answer's body as a stream, however long it is. */
    public InputStream download(Route route) {
        return send(request(route, A_DAY).GET().build(), BodyHandlers.ofInputStream())
                .body();
    }

    /** Creates something from a stream, however long it is. It is not tried again. */
    public JsonNode upload(Route route, Supplier<InputStream> body) {
        return json(request(route, A_DAY)
                .header("Content-Type", "application/octet-stream")
                .POST(BodyPublishers.ofInputStream(body)));
    }

    HttpClient http() {
        return http;
    }

    String apiKey() {
        return apiKey;
    }

    URI address(Route route) {
        String base = server.toString();
        return URI.create(
                (base.endsWith("/") ? base.substring(0, base.length() - 1) : base) + "/api/v1" + route.text());
    }

    private HttpRequest.Builder request(Route route) {
        return request(route, ANSWER);
    }

    private HttpRequest.Builder request(Route route, Duration timeout) {
        HttpRequest.Builder request = HttpRequest.newBuilder(address(route)).timeout(timeout);
        return apiKey.isEmpty() ? request : request.header("Authorization", "Bearer " + apiKey);
    }

    private static HttpRequest.Builder withBody(HttpRequest.Builder request, String method, JsonNode body) {
        return request.header("Content-Type", "application/json")
                .method(method, BodyPublishers.ofString(Json.compact(body)));
    }

    private JsonNode json(HttpRequest.Builder request) {
        String body = send(request.build(), BodyHandlers.ofString()).body();
        return body.isBlank() ? Json.object() : Json.parse(body);
    }

    private <T> HttpResponse<T> send(HttpRequest request, BodyHandler<T> body) {
        HttpResponse<T> answer = exchange(request, body);
        if (answer.statusCode() / 100 == 2) {
            return answer;
        }
        throw ApiProblem.fromAnswer(answer.statusCode(), text(answer.body()));
    }

    private <T> HttpResponse<T> exchange(HttpRequest request, BodyHandler<T> body) {
        try {
            return http.send(request, body);
        } catch (ConnectException e) {
            throw new ServerUnreachable(
                    "no server answers at " + server,
                    "start one with 'sandkeep server start', or name another with --server",
                    e);
        } catch (HttpTimeoutException e) {
            throw new ServerUnreachable(
                    "the server at " + server + " did not answer in time",
                    "look at 'sandkeep server status' and 'sandkeep server logs'",
                    e);
        } catch (IOException e) {
            throw new ServerUnreachable(
                    "the connection to " + server + " broke: " + (e.getMessage() == null ? e : e.getMessage()),
                    "look at 'sandkeep server status', then try again",
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Failure("interrupted while waiting for " + server, "", e);
        }
    }

    private static String text(@Nullable Object body) {
        return switch (body) {
            case byte[] bytes -> new String(bytes, StandardCharsets.UTF_8);
            case InputStream stream -> read(stream);
            case null -> "";
            default -> body.toString();
        };
    }

    private static String read(InputStream stream) {
        try (stream) {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        } catch (InterruptedIOException e) {
            Thread.currentThread().interrupt();
            return "";
        } catch (IOException e) {
            return "(the answer's text could not be read: " + e.getMessage() + ")";
        }
    }

    @Override
    public void close() {
        http.shutdownNow();
    }
}
