package dev.sandkeep.server.platform.telemetry;

import io.micrometer.registry.otlp.OtlpConfig;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How Micrometer sends metrics by OTLP over HTTP. Nothing is read from the environment: our own settings say it all. */
record OtlpMetrics(OtlpTarget target, Duration step) implements OtlpConfig {
    @Override
    public @Nullable String get(String key) {
        return null;
    }

    @Override
    public String url() {
        return target.url("/v1/metrics");
    }

    @Override
    public Map<String, String> headers() {
        return target.headers();
    }

    @Override
    public Map<String, String> resourceAttributes() {
        return target.resource();
    }
}
