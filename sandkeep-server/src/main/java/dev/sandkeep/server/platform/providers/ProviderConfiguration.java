package dev.sandkeep.server.platform.providers;

import dev.sandkeep.server.platform.config.SandkeepProperties;
import dev.sandkeep.server.platform.config.StartFailure;
import dev.sandkeep.server.platform.data.DataDirectory;
import dev.sandkeep.server.platform.telemetry.Metric;
import dev.sandkeep.server.platform.telemetry.Metrics;
import dev.sandkeep.server.platform.telemetry.Traces;
import dev.sandkeep.spi.ProviderConfig;
import dev.sandkeep.spi.ProviderException;
import dev.sandkeep.spi.SandboxProvider;
import dev.sandkeep.spi.SandboxProviderFactory;
import dev.sandkeep.spi.VolumeBackend;
import dev.sandkeep.spi.VolumeBackendFactory;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.ServiceLoader;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Opens what the configuration chose; it is closed when the server stops, and computes run on. */
@Configuration(proxyBeanMethods = false)
class ProviderConfiguration {
    private static final Logger LOG = LoggerFactory.getLogger(ProviderConfiguration.class);

    private final SandkeepProperties properties;
    private final DataDirectory data;
    private final Metrics metrics;
    private final Traces traces;

    ProviderConfiguration(SandkeepProperties properties, DataDirectory data, Metrics metrics, Traces traces) {
        this.properties = properties;
        this.data = data;
        this.metrics = metrics;
        this.traces = traces;
    }

    @Bean(destroyMethod = "close")
    SandboxProvider sandboxProvider() {
        if (properties.training()) {
            return closed(SandboxProvider.class, "a training run has no sandbox provider");
        }
        SandboxProviderFactory factory = chosen(
                SandboxProviderFactory.class, SandboxProviderFactory::name, properties.provider(), "sandkeep.provider");
        SandboxProvider provider = open(factory.name(), () -> factory.open(config(factory.name())));
        LOG.info(
                "event=provider_opened provider={} description=\"{}\"",
                factory.name(),
                provider.capabilities().description());
        return MeteredCalls.of(SandboxProvider.class, provider, Metric.PROVIDER_CALL, "provider.", metrics, traces);
    }

    @Bean(destroyMethod = "close")
    VolumeBackend volumeBackend() {
        if (properties.training()) {
            return closed(VolumeBackend.class, "a training run has no volume backend");
        }
        if (properties.volumesBackend().equals(SandkeepProperties.NO_BACKEND)) {
            return closed(VolumeBackend.class, "sandkeep.volumes.backend is none");
        }
        VolumeBackendFactory factory = chosen(
                VolumeBackendFactory.class,
                VolumeBackendFactory::name,
                properties.volumesBackend(),
                "sandkeep.volumes.backend");
        VolumeBackend backend = open(factory.name(), () -> factory.open(config(factory.name())));
        return MeteredCalls.of(VolumeBackend.class, backend, Metric.VOLUME_CALL, "volumes.", metrics, traces);
    }

    private ProviderConfig config(String name) {
        return new ProviderConfig(data.root(), data.installation(), properties.settingsOf(name));
    }

    private static <T> T open(String name, Supplier<T> opening) {
        try {
            return opening.get();
        } catch (ProviderException e) {
            throw new StartFailure(
                    "'" + name + "' cannot be used on this machine: " + e.getMessage(),
                    "Run sandkeep doctor, which says what is missing.",
                    e);
        }
    }

    private static <T> T chosen(Class<T> type, Function<T, String> name, String wanted, String key) {
        List<T> all = ServiceLoader.load(type).stream()
                .map(ServiceLoader.Provider::get)
                .toList();
        return all.stream()
                .filter(factory -> name.apply(factory).equals(wanted))
                .findFirst()
                .orElseThrow(() -> new StartFailure(
                        "There is no '" + wanted + "', which " + key + " names.",
                        "Set " + key + " to one of " + all.stream().map(name).toList() + "."));
    }

    /** Exists, holds nothing and can do nothing. */
    private static <T> T closed(Class<T> type, String why) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> switch (method.getName()) {
                    case "close" -> null;
                    case "list" -> List.of();
                    case "toString" -> "closed " + type.getSimpleName();
                    default -> throw new ProviderException(ProviderException.Kind.UNAVAILABLE, why);
                }));
    }
}
