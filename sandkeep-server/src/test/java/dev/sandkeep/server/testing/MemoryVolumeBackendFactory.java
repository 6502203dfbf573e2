package dev.sandkeep.server.testing;

import dev.sandkeep.spi.HostCheck;
import dev.sandkeep.spi.ProviderConfig;
import dev.sandkeep.spi.VolumeBackend;
import dev.sandkeep.spi.VolumeBackendFactory;
import java.util.List;

/** The volume backend {@code memory}: that of the {@link TestHost} of the data directory. */
public final class MemoryVolumeBackendFactory implements VolumeBackendFactory {

    @Override
    public String name() {
        return "memory";
    }

    @Override
    public VolumeBackend open(ProviderConfig config) {
        return TestHost.of(config.dataDirectory()).openVolumes();
    }

    @Override
    public List<HostCheck> diagnose(ProviderConfig config) {
        return List.of(HostCheck.ok("memory.store", "always fine"));
    }
}
