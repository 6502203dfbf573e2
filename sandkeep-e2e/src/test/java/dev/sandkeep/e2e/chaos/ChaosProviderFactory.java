package dev.sandkeep.e2e.chaos;

import dev.sandkeep.spi.HostCheck;
import dev.sandkeep.spi.HostResource;
import dev.sandkeep.spi.ProviderConfig;
import dev.sandkeep.spi.SandboxProvider;
import dev.sandkeep.spi.SandboxProviderFactory;
import java.util.List;
import java.util.ServiceLoader;

/** The linux provider, with calls that go wrong. */
public final class ChaosProviderFactory implements SandboxProviderFactory {
    public static final String NAME = "chaos-linux";

    @Override
    public String name() {
        return NAME;
    }

    private static SandboxProviderFactory real() {
        return ServiceLoader.load(SandboxProviderFactory.class).stream()
                .map(ServiceLoader.Provider::get)
                .filter(factory -> factory.name().equals("linux"))
                .findFirst()
                .orElseThrow();
    }

    @Override
    public SandboxProvider open(ProviderConfig config) {
        return PlannedFaults.around(SandboxProvider.class, "provider", real().open(config));
    }

    @Override
    public List<HostCheck> diagnose(ProviderConfig config) {
        return real().diagnose(config);
    }

    @Override
    public List<HostResource> orphans() {
        return List.of();
    }
}
