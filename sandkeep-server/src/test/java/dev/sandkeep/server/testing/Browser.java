package dev.sandkeep.server.testing;

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/** Speaks to the server as a browser does: keeps cookies, says where its requests come from, follows nothing by itself. */
public final class Browser {
    private static final HttpClient HTTP = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(30))
            .build();

    private final String base;
    private final Map<String, String> cookies = new ConcurrentHashMap<>();
    private String origin;
    private String csrf = "";

    Browser(String base) {
        this.base = base;
        this.origin = base;
    }

    /** Another one, at another server, with the same cookies. */
    public Browser at(String otherBase) {
        Browser other = new Browser(otherBase);
        other.cookies.putAll(cookies);
        other.csrf = csrf;
        return other;
    }

    /** Where it says that its requests come from; empty says nothing. */
    public Browser from(String pretended) {
        origin = pretended;
        return this;
    }

    /** The token that it sends along with what changes something. */
    public Browser with(String token) {
        csrf = token;
        return this;
    }

    public String token() {
        return csrf;
    }

    public String cookie(String name) {
        return cookies.getOrDefault(name, "");
    }

    public Browser setCookie(String name, String value) {
        cookies.put(name, value);
        return this;
    }

    public HttpResponse<String> get(String path, String... headers) {
        HttpRequest.Builder request = request(path).GET();
        if (headers.length > 0) {
            request.headers(headers);
        } else {
            request.header("Accept", "text/html,application/xhtml+xml,*/*;q=0.8");
        }
        return send(request);
    }

    /** Sends a form; fields are names and values in turn. */
    public HttpResponse<String> post(String path, String... fields) {
        Map<String, String> form = new LinkedHashMap<>();
        for (int i = 0; i < fields.length; i += 2) {
            form.put(fields[i], fields[i + 1]);
        }
        if (!csrf.isEmpty()) {
            form.put("_csrf", csrf);
        }
        String body = form.entrySet().stream()
                .map(field -> field.getKey() + "=" + URLEncoder.encode(field.getValue(), StandardCharsets.UTF_8))
                .collect(Collectors.joining("&"));
        return send("POST", path, "application/x-www-form-urlencoded", body);
    }

    /** Any request with a body. */
    public HttpResponse<String> send(String method, String path, String type, String body, String... headers) {
        HttpRequest.Builder request = request(path)
                .method(method, HttpRequest.BodyPublishers.ofString(body))
                .header("Content-Type", type);
        if (!origin.isEmpty()) {
            request.header("Origin", origin);
        }
        if (headers.length > 0) {
            request.headers(headers);
        }
        return send(request);
    }

    /** Where an answer sends the browser. */
    public static String location(HttpResponse<String> answer) {
        return answer.headers().firstValue("Location").orElse("");
    }

    private HttpRequest.Builder request(String path) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(base + path)).timeout(Duration.ofMinutes(2));
        if (!cookies.isEmpty()) {
            request.header(
                    "Cookie",
                    cookies.entrySet().stream()
                            .map(cookie -> cookie.getKey() + "=" + cookie.getValue())
                            .collect(Collectors.joining("; ")));
        }
        return request;
    }

    private HttpResponse<String> send(HttpRequest.Builder request) {
        try {
            HttpResponse<String> answer = HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
            answer.headers().allValues("Set-Cookie").forEach(this::keep);
            return answer;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private void keep(String header) {
        String pair = header.split(";", 2)[0];
        String name = pair.substring(0, pair.indexOf('='));
        Optional.of(pair.substring(name.length() + 1))
                .filter(value -> !value.isEmpty())
                .ifPresentOrElse(value -> cookies.put(name, value), () -> cookies.remove(name));
    }
}
