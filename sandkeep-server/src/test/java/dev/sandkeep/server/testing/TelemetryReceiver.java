package dev.sandkeep.server.testing;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.trace.v1.Span;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.zip.GZIPInputStream;

/** Where servers of tests send their telemetry: takes OTLP over HTTP as a collector does, and remembers what it is asked to. */
public final class TelemetryReceiver {
    /** A header that every request must have. */
    public static final String HEADER = "X-Tenant=sand";

    private static final TelemetryReceiver SHARED = new TelemetryReceiver();

    private final HttpServer http;
    private final Set<String> metrics = ConcurrentHashMap.newKeySet();
    private final List<Span> spans = new CopyOnWriteArrayList<>();
    private volatile boolean remembering;

    private TelemetryReceiver() {
        try {
            http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        http.createContext("/otlp/v1/metrics", exchange -> take(exchange, this::metrics));
        http.createContext("/otlp/v1/traces", exchange -> take(exchange, this::spans));
        http.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        http.start();
    }

    /** The one of all servers of tests in this JVM. */
    public static TelemetryReceiver shared() {
        return SHARED;
    }

    /** What {@code sandkeep.telemetry.otlp-endpoint} is set to. */
    public String endpoint() {
        return "http://127.0.0.1:" + http.getAddress().getPort() + "/otlp";
    }

    /** From now on what comes is remembered. */
    public void remember() {
        remembering = true;
    }

    /** From now on nothing is, and what was is forgotten. */
    public void forget() {
        remembering = false;
        metrics.clear();
        spans.clear();
    }

    /** Names of the metrics that came. */
    public Set<String> metrics() {
        return Set.copyOf(metrics);
    }

    /** The spans that came. */
    public List<Span> spans() {
        return List.copyOf(spans);
    }

    private interface Reading {
        void read(InputStream body) throws IOException;
    }

    private void take(HttpExchange exchange, Reading reading) throws IOException {
        try (exchange) {
            boolean zipped = "gzip".equals(exchange.getRequestHeaders().getFirst("Content-Encoding"));
            InputStream body = zipped ? new GZIPInputStream(exchange.getRequestBody()) : exchange.getRequestBody();
            boolean known = "sand".equals(exchange.getRequestHeaders().getFirst("X-Tenant"));
            if (known && remembering) {
                reading.read(body);
            } else {
                body.transferTo(java.io.OutputStream.nullOutputStream());
            }
            exchange.getResponseHeaders().add("Content-Type", "application/x-protobuf");
            exchange.sendResponseHeaders(known ? 200 : 401, -1);
        }
    }

    private void metrics(InputStream body) throws IOException {
        ExportMetricsServiceRequest.parseFrom(body).getResourceMetricsList().stream()
                .flatMap(resource -> resource.getScopeMetricsList().stream())
                .flatMap(scope -> scope.getMetricsList().stream())
                .map(Metric::getName)
                .forEach(metrics::add);
    }

    private void spans(InputStream body) throws IOException {
        ExportTraceServiceRequest.parseFrom(body).getResourceSpansList().stream()
                .flatMap(resource -> resource.getScopeSpansList().stream())
                .flatMap(scope -> scope.getSpansList().stream())
                .forEach(spans::add);
    }
}
