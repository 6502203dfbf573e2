package dev.sandkeep.linux.registry;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpHeaders;
import java.net.http.HttpResponse;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Asks one registry for the parts of one image. Redirections are followed here and not by the HTTP client, because credentials
 * must go to no other host than the registry and the token server that it names.
 */
final class RegistryClient {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final int MOST_REDIRECTIONS = 5;
    private static final int LARGEST_TOKEN_ANSWER = 1 << 20;
    private static final Pattern PARAMETER = Pattern.compile("([A-Za-z_]+)=(?:\"([^\"]*)\"|([^\", ]+))");
    private static final int UNAUTHORIZED = 401;
    private static final int FORBIDDEN = 403;
    private static final int NOT_FOUND = 404;

    private final Web web;
    private final RegistrySettings settings;
    private final ImageReference image;
    private final URI base;
    private Optional<String> authorization = Optional.empty();

    RegistryClient(Web web, RegistrySettings settings, ImageReference image) {
        this.web = web;
        this.settings = settings;
        this.image = image;
        this.base = URI.create((settings.plain(image.host()) ? "http://" : "https://") + image.address() + "/v2/"
                + image.repository() + "/");
    }

    /** Opens a manifest; the caller closes it. */
    InputStream manifest(String tagOrDigest, String accept) throws UnavailableImageException, IOException {
        return get(base.resolve("manifests/" + tagOrDigest), Optional.of(accept), tagOrDigest);
    }

    /** Opens a blob; the caller closes it. */
    InputStream blob(String digest) throws UnavailableImageException, IOException {
        return get(base.resolve("blobs/" + digest), Optional.empty(), digest);
    }

    private InputStream get(URI address, Optional<String> accept, String what)
            throws UnavailableImageException, IOException {
        HttpResponse<InputStream> answer = follow(address, accept);
        if (answer.statusCode() == UNAUTHORIZED && authorize(answer.headers())) {
            answer.body().close();
            answer = follow(address, accept);
        }
        if (answer.statusCode() == 200) {
            return answer.body();
        }
        answer.body().close();
        throw refused(answer.statusCode(), what);
    }

    private UnavailableImageException refused(int status, String what) throws UnavailableImageException {
        return switch (status) {
            case NOT_FOUND ->
                UnavailableImageException.forGood(
                        "there is no image " + image + " (the registry knows no " + what + "): check its name and tag");
            case UNAUTHORIZED, FORBIDDEN ->
                UnavailableImageException.forGood(
                        settings.basicCredentials(image.host()).isPresent()
                                ? "the registry " + image.host() + " refuses the configured credentials for " + image
                                        + ": check them, and that the image exists"
                                : "the registry " + image.host() + " wants credentials for " + image
                                        + ": put them into the file that sandkeep.linux.registry-credentials names, and check that the image exists");
            default ->
                status == 429 || status >= 500
                        ? UnavailableImageException.forNow(
                                "the registry " + image.host() + " cannot answer now (HTTP " + status + ")")
                        : UnavailableImageException.forGood(
                                "the registry " + image.host() + " answers HTTP " + status + " for " + image);
        };
    }

    private HttpResponse<InputStream> follow(URI address, Optional<String> accept)
            throws UnavailableImageException, IOException {
        URI at = address;
        for (int redirections = 0; redirections <= MOST_REDIRECTIONS; redirections++) {
            boolean registry = at.getAuthority().equals(base.getAuthority())
                    && at.getScheme().equals(base.getScheme());
            HttpResponse<InputStream> answer = send(at, accept, registry ? authorization : Optional.empty());
            Optional<String> location = answer.headers().firstValue("Location");
            if (answer.statusCode() < 300 || answer.statusCode() >= 400 || location.isEmpty()) {
                return answer;
            }
            answer.body().close();
            at = redirected(at, location.get());
        }
        throw UnavailableImageException.forGood("the registry " + image.host() + " redirects without end");
    }

    private URI redirected(URI from, String location) throws UnavailableImageException {
        return Web.redirection(from, location)
                .orElseThrow(() -> UnavailableImageException.forGood(
                        "the registry " + image.host() + " redirects to an address that is not followed"));
    }

    private HttpResponse<InputStream> send(URI address, Optional<String> accept, Optional<String> authorized)
            throws IOException {
        Map<String, String> headers = new HashMap<>();
        accept.ifPresent(types -> headers.put("Accept", types));
        authorized.ifPresent(value -> headers.put("Authorization", value));
        return web.get(address, headers);
    }

    /** Gets what the registry asks for. @return whether asking again may help */
    private boolean authorize(HttpHeaders headers) throws UnavailableImageException, IOException {
        Optional<String> credentials = settings.basicCredentials(image.host());
        List<String> challenges = headers.allValues("WWW-Authenticate");
        for (String challenge : challenges) {
            if (challenge.toLowerCase(Locale.ROOT).startsWith("bearer ")) {
                authorization = Optional.of("Bearer " + token(parameters(challenge), credentials));
                return true;
            }
        }
        if (credentials.isPresent()
                && challenges.stream()
                        .anyMatch(it -> it.toLowerCase(Locale.ROOT).startsWith("basic"))) {
            authorization = credentials.map(pair -> "Basic " + pair);
            return true;
        }
        return false;
    }

    private static Map<String, String> parameters(String challenge) {
        Map<String, String> found = new HashMap<>();
        Matcher matcher = PARAMETER.matcher(challenge);
        while (matcher.find()) {
            String quoted = matcher.group(2);
            found.put(matcher.group(1).toLowerCase(Locale.ROOT), quoted == null ? matcher.group(3) : quoted);
        }
        return found;
    }

    private String token(Map<String, String> challenge, Optional<String> credentials)
            throws UnavailableImageException, IOException {
        URI realm = redirected(base, challenge.getOrDefault("realm", ""));
        String query = "scope="
                + encoded(challenge.getOrDefault("scope", "repository:" + image.repository() + ":pull"))
                + (challenge.containsKey("service") ? "&service=" + encoded(challenge.get("service")) : "");
        URI address = URI.create(realm + (realm.getRawQuery() == null ? "?" : "&") + query);
        HttpResponse<InputStream> answer =
                send(address, Optional.of("application/json"), credentials.map(pair -> "Basic " + pair));
        try (InputStream body = answer.body()) {
            if (answer.statusCode() != 200) {
                throw refused(answer.statusCode() == NOT_FOUND ? FORBIDDEN : answer.statusCode(), "token");
            }
            JsonNode json = JSON.readTree(body.readNBytes(LARGEST_TOKEN_ANSWER));
            for (String name : List.of("token", "access_token")) {
                if (json.path(name).isString()) {
                    return json.path(name).stringValue();
                }
            }
        } catch (JacksonException malformed) {
            // Answered below as what it is; the parser's message might quote the token.
        }
        throw UnavailableImageException.forGood(
                "the token server of the registry " + image.host() + " gives an answer without a token");
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, UTF_8);
    }
}
