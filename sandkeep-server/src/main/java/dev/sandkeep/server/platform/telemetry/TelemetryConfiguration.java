package dev.sandkeep.server.platform.telemetry;

import dev.sandkeep.server.platform.ServerVersion;
import dev.sandkeep.server.platform.config.SandkeepProperties;
import dev.sandkeep.server.platform.data.DataDirectory;
import dev.sandkeep.server.platform.data.ServerInstance;
import io.micrometer.core.instrument.Clock;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.micrometer.registry.otlp.OtlpMeterRegistry;
import java.util.Map;
import java.util.Optional;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Puts the parts of this package together; what sends them elsewhere exists only when there is somewhere to send to. */
@Configuration(proxyBeanMethods = false)
class TelemetryConfiguration {
    private final SandkeepProperties.TelemetryProperties given;
    private final Optional<OtlpTarget> target;

    TelemetryConfiguration(SandkeepProperties properties, DataDirectory data, ServerInstance instance) {
        given = properties.telemetry();
        target = given.endpoint()
                .map(endpoint -> new OtlpTarget(
                        endpoint.toString(),
                        given.headers(),
                        Map.of(
                                "service.name", "sandkeep",
                                "service.version", ServerVersion.text(),
                                "service.namespace", data.installation(),
                                "service.instance.id", instance.id())));
    }

    @Bean(destroyMethod = "close")
    PrometheusMeterRegistry prometheusRegistry() {
        return new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    }

    /** Sends what it has a last time when it is closed. */
    @Bean(destroyMethod = "close")
    CompositeMeterRegistry meterRegistry(PrometheusMeterRegistry prometheus) {
        CompositeMeterRegistry all = new CompositeMeterRegistry(Clock.SYSTEM);
        all.add(prometheus);
        target.ifPresent(it -> all.add(OtlpMeterRegistry.builder(new OtlpMetrics(it, given.metricsInterval()))
                .build()));
        return all;
    }

    @Bean
    Metrics metrics(CompositeMeterRegistry registry) {
        Metrics metrics = new Metrics(registry);
        ProcessMetrics.bind(registry, metrics);
        return metrics;
    }

    @Bean
    MetricsPage metricsPage(PrometheusMeterRegistry registry) {
        return new MetricsPage(registry);
    }

    /** Sends what it has a last time when it is closed. */
    @Bean
    Traces traces() {
        return target.<Traces>map(it -> new OtlpTraces(it, given.tracePercent()))
                .orElse(Traces.OFF);
    }
}
