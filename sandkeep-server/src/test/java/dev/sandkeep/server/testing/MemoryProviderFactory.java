package dev.sandkeep.server.testing;

import dev.sandkeep.spi.HostCheck;
import dev.sandkeep.spi.HostResource;
import dev.sandkeep.spi.ProviderConfig;
import dev.sandkeep.spi.SandboxProvider;
import dev.sandkeep.spi.SandboxProviderFactory;
import java.util.List;

/** The provider {@code memory}: that of the {@link TestHost} of the data directory. */
public final class MemoryProviderFactory implements SandboxProviderFactory {

    @Override
    public String name() {
        return "memory";
    }

    @Override
    public SandboxProvider open(ProviderConfig config) {
        return TestHost.of(config.dataDirectory()).openProvider();
    }

    @Override
    public List<HostCheck> diagnose(ProviderConfig config) {
        return List.of(HostCheck.ok("memory.host", "always fine"));
    }

    @Override
    public List<HostResource> orphans() {
        return List.of();
    }
}
