package dev.sandkeep.server.platform.telemetry;

import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;

/** All metrics as they are now, for Prometheus. */
public final class MetricsPage {
    /** The media type of {@link #text()}: Prometheus' text format. */
    public static final String TYPE = "text/plain;version=0.0.4;charset=utf-8";

    private final PrometheusMeterRegistry registry;

    MetricsPage(PrometheusMeterRegistry registry) {
        this.registry = registry;
    }

    /** The page. */
    public String text() {
        return registry.scrape();
    }
}
