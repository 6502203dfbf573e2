package dev.sandkeep.server.testing;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Speaks to the server as any client does. */
public final class ApiClient {
    private static final HttpClient HTTP = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(5))
            .build();

    private final String base;
    private final String key;
    private final JsonMapper json;

    ApiClient(String base, String key, JsonMapper json) {
        this.base = base;
        this.key = key;
        this.json = json;
    }

    /**
     * An answer.
     *
     * @param body null-like (missing) when it is empty
     */
    public record Answer(int status, HttpHeaders headers, String text, JsonNode body) {
        /** A text in the body, by path: {@code text("draft.spec.setupScript")} with dots, list places as numbers. */
        public String text(String path) {
            JsonNode node = body;
            for (String step : path.split("\\.", -1)) {
                node = step.matches("\\d+") ? node.path(Integer.parseInt(step)) : node.path(step);
            }
            return node.isString() ? node.stringValue() : node.toString();
        }
    }

    public Answer get(String path) {
        return send("GET", path, "");
    }

    /** A path that does not lie under the API. */
    public Answer root(String path) {
        return outside().get(path);
    }

    /** The same client for paths that do not lie under the API. */
    public ApiClient outside() {
        return new ApiClient(base.replace("/api/v1", ""), key, json);
    }

    public Answer post(String path, String body, String... headers) {
        return send("POST", path, body, headers);
    }

    public Answer put(String path, String body, String... headers) {
        return send("PUT", path, body, headers);
    }

    public Answer delete(String path) {
        return send("DELETE", path, "");
    }

    /** Any request; headers are names and values in turn. */
    public Answer send(String method, String path, String body, String... headers) {
        try {
            HttpRequest.Builder request = request(path, headers)
                    .method(
                            method,
                            body.isEmpty()
                                    ? HttpRequest.BodyPublishers.noBody()
                                    : HttpRequest.BodyPublishers.ofString(body));
            if (!body.isEmpty() && !List.of(headers).contains("Content-Type")) {
                request.setHeader("Content-Type", "application/json");
            }
            HttpResponse<String> response = HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
            return new Answer(response.statusCode(), response.headers(), response.body(), parse(response));
        } catch (IOException e) {
            throw new IllegalStateException(method + " " + path, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** The lines of an event stream; close it to end the stream. */
    public Stream<String> stream(String path, String... headers) {
        try {
            return HTTP.send(
                            request(path, headers)
                                    .header("Accept", "text/event-stream")
                                    .GET()
                                    .build(),
                            HttpResponse.BodyHandlers.ofLines())
                    .body();
        } catch (IOException e) {
            throw new IllegalStateException(path, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private HttpRequest.Builder request(String path, String... headers) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(base + path)).timeout(Duration.ofSeconds(60));
        if (!key.isEmpty()) {
            request.header("Authorization", "Bearer " + key);
        }
        if (headers.length > 0) {
            request.headers(headers);
        }
        return request;
    }

    private JsonNode parse(HttpResponse<String> response) {
        String type = response.headers().firstValue("Content-Type").orElse("");
        return type.contains("json")
                        && !type.contains("ndjson")
                        && !response.body().isEmpty()
                ? json.readTree(response.body())
                : json.missingNode();
    }
}
