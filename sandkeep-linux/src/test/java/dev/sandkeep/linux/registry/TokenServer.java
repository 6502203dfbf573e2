package dev.sandkeep.linux.registry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.sandkeep.linux.files.Command;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * The token server of a registry: signs what Docker's token specification asks for, with a key of its own whose certificate the
 * registry is told. Everybody may read what is below {@code public/}; the rest is for one user.
 */
public final class TokenServer implements AutoCloseable {
    public static final String SERVICE = "test registry";
    static final String ISSUER = "test";
    private static final char[] STORE_PASSWORD = "changeit".toCharArray();
    private static final Base64.Encoder URL_SAFE = Base64.getUrlEncoder().withoutPadding();

    private final HttpServer server;
    private final String user;
    private final String password;
    private final PrivateKey key;
    private final Certificate certificate;
    private final Path certificateFile;
    private final Queue<Request> requests = new ConcurrentLinkedQueue<>();

    /** A request for a token. */
    public record Request(String service, String scope, boolean withPassword) {}

    /** Starts one that keeps its key in {@code directory}. */
    public TokenServer(Path directory, String user, String password) throws IOException, GeneralSecurityException {
        this.user = user;
        this.password = password;
        Path store = Files.createDirectories(directory).resolve("keys.p12");
        Command made = Command.run(
                List.of(
                        Path.of(System.getProperty("java.home"), "bin/keytool").toString(),
                        "-genkeypair",
                        "-alias",
                        "key",
                        "-keyalg",
                        "RSA",
                        "-keysize",
                        "2048",
                        "-dname",
                        "CN=test",
                        "-validity",
                        "3",
                        "-startdate",
                        "-1d",
                        "-storetype",
                        "PKCS12",
                        "-keystore",
                        store.toString(),
                        "-storepass",
                        new String(STORE_PASSWORD)),
                Duration.ofMinutes(1));
        assertThat(made.succeeded()).as(made.output()).isTrue();
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store)) {
            keys.load(in, STORE_PASSWORD);
        }
        this.key = (PrivateKey) keys.getKey("key", STORE_PASSWORD);
        this.certificate = keys.getCertificate("key");
        this.certificateFile = Files.writeString(
                directory.resolve("certificate.pem"),
                "-----BEGIN CERTIFICATE-----\n"
                        + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(certificate.getEncoded())
                        + "\n-----END CERTIFICATE-----\n");
        this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/token", this::answer);
        server.start();
    }

    public URI realm() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/token");
    }

    public Path certificate() {
        return certificateFile;
    }

    /** All that were asked for, oldest first. */
    public Queue<Request> requests() {
        return requests;
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            Map<String, String> query = query(exchange.getRequestURI());
            String authorization = exchange.getRequestHeaders().getFirst("Authorization");
            boolean known = ("Basic " + Base64.getEncoder().encodeToString((user + ":" + password).getBytes(UTF_8)))
                    .equals(authorization);
            String scope = query.getOrDefault("scope", "");
            requests.add(new Request(query.getOrDefault("service", ""), scope, authorization != null));
            boolean open = scope.startsWith("repository:public/") && scope.endsWith(":pull") && authorization == null;
            if (!known && !open) {
                exchange.sendResponseHeaders(401, -1);
                return;
            }
            byte[] body = ("{\"token\":\"" + token(scope) + "\",\"expires_in\":300}").getBytes(UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private String token(String scope) throws GeneralSecurityException {
        String[] parts = scope.split(":", 3);
        String access = parts.length < 3
                ? ""
                : "{\"type\":\"" + parts[0] + "\",\"name\":\"" + parts[1] + "\",\"actions\":[\""
                        + parts[2].replace(",", "\",\"") + "\"]}";
        long now = Instant.now().getEpochSecond();
        String header = "{\"typ\":\"JWT\",\"alg\":\"RS256\",\"x5c\":[\""
                + Base64.getEncoder().encodeToString(certificate.getEncoded()) + "\"]}";
        String claims = "{\"iss\":\"" + ISSUER + "\",\"sub\":\"" + user + "\",\"aud\":\"" + SERVICE + "\",\"exp\":"
                + (now + 300) + ",\"nbf\":" + (now - 30) + ",\"iat\":" + now + ",\"jti\":\"" + UUID.randomUUID()
                + "\",\"access\":[" + access + "]}";
        String signed =
                URL_SAFE.encodeToString(header.getBytes(UTF_8)) + "." + URL_SAFE.encodeToString(claims.getBytes(UTF_8));
        Signature signature = Signature.getInstance("SHA256withRSA");
        signature.initSign(key);
        signature.update(signed.getBytes(UTF_8));
        return signed + "." + URL_SAFE.encodeToString(signature.sign());
    }

    private static Map<String, String> query(URI uri) {
        Map<String, String> found = new HashMap<>();
        for (String pair : (uri.getRawQuery() == null ? "" : uri.getRawQuery()).split("&", -1)) {
            String[] parts = pair.split("=", 2);
            if (parts.length == 2) {
                found.put(parts[0], URLDecoder.decode(parts[1], UTF_8));
            }
        }
        return found;
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
