package dev.sandkeep.linux;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.sandkeep.linux.registry.OciLayout;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/** Serves one image like a registry, but sends only half of the last layer until it is told to go on. */
final class HaltingRegistry implements AutoCloseable {
    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final OciLayout layout;
    private final byte[] manifest;
    private final CountDownLatch halted = new CountDownLatch(1);
    private volatile boolean whole;

    HaltingRegistry(OciLayout layout, String manifest) throws IOException {
        this.layout = layout;
        this.manifest = manifest.getBytes(StandardCharsets.UTF_8);
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/v2/", this::answer);
        server.start();
    }

    String host() {
        return "127.0.0.1:" + server.getAddress().getPort();
    }

    void awaitHalted() throws InterruptedException {
        if (!halted.await(30, TimeUnit.SECONDS)) {
            throw new AssertionError("nobody asked for the last layer");
        }
    }

    void goOn() {
        whole = true;
    }

    private void answer(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        String digest = path.substring(path.lastIndexOf('/') + 1);
        byte[] body = path.contains("/manifests/")
                ? manifest
                : Files.readAllBytes(layout.directory().resolve("blobs/sha256").resolve(digest.substring(7)));
        exchange.sendResponseHeaders(200, body.length);
        OutputStream out = exchange.getResponseBody();
        if (whole || !digest.equals(layout.layers().getLast().digest())) {
            out.write(body);
            exchange.close();
        } else {
            out.write(body, 0, body.length / 2);
            out.flush();
            halted.countDown();
        }
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
