package dev.sandkeep.e2e.chaos;

import dev.sandkeep.spi.HostCheck;
import dev.sandkeep.spi.ProviderConfig;
import dev.sandkeep.spi.VolumeBackend;
import dev.sandkeep.spi.VolumeBackendFactory;
import java.util.List;
import java.util.ServiceLoader;

/** Volumes in a directory, with calls that go wrong. */
public final class ChaosBackendFactory implements VolumeBackendFactory {
    public static final String NAME = "chaos-directory";

    @Override
    public String name() {
        return NAME;
    }

    private static VolumeBackendFactory real() {
        return ServiceLoader.load(VolumeBackendFactory.class).stream()
                .map(ServiceLoader.Provider::get)
                .filter(factory -> factory.name().equals("directory"))
                .findFirst()
                .orElseThrow();
    }

    @Override
    public VolumeBackend open(ProviderConfig config) {
        return PlannedFaults.around(VolumeBackend.class, "volume", real().open(config));
    }

    @Override
    public List<HostCheck> diagnose(ProviderConfig config) {
        return real().diagnose(config);
    }
}
