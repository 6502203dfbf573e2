package dev.sandkeep.server.testing;

import dev.sandkeep.spi.HostCheck;
import dev.sandkeep.spi.ProviderConfig;
import dev.sandkeep.spi.ProviderException;
import dev.sandkeep.spi.VolumeBackend;
import dev.sandkeep.spi.VolumeBackendFactory;
import java.lang.reflect.Proxy;
import java.util.List;

/** The volume backend {@code test}: exists, holds nothing, and cannot do anything. */
public final class TestVolumeBackendFactory implements VolumeBackendFactory {

    @Override
    public String name() {
        return "test";
    }

    @Override
    public VolumeBackend open(ProviderConfig config) {
        return (VolumeBackend) Proxy.newProxyInstance(
                VolumeBackend.class.getClassLoader(),
                new Class<?>[] {VolumeBackend.class},
                (proxy, method, arguments) -> switch (method.getName()) {
                    case "close" -> null;
                    case "toString" -> "test volume backend";
                    case "list" -> List.of();
                    default ->
                        throw new ProviderException(
                                ProviderException.Kind.UNAVAILABLE, "the test backend cannot " + method.getName());
                });
    }

    @Override
    public List<HostCheck> diagnose(ProviderConfig config) {
        return List.of();
    }
}
