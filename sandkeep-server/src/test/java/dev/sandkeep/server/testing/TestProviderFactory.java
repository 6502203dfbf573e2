package dev.sandkeep.server.testing;

import dev.sandkeep.spi.HostCheck;
import dev.sandkeep.spi.HostResource;
import dev.sandkeep.spi.ProviderCapabilities;
import dev.sandkeep.spi.ProviderConfig;
import dev.sandkeep.spi.ProviderException;
import dev.sandkeep.spi.SandboxProvider;
import dev.sandkeep.spi.SandboxProviderFactory;
import java.lang.reflect.Proxy;
import java.util.List;

/** The provider {@code test}: exists, holds nothing, and cannot do anything. */
public final class TestProviderFactory implements SandboxProviderFactory {

    @Override
    public String name() {
        return "test";
    }

    @Override
    public SandboxProvider open(ProviderConfig config) {
        return (SandboxProvider) Proxy.newProxyInstance(
                SandboxProvider.class.getClassLoader(),
                new Class<?>[] {SandboxProvider.class},
                (proxy, method, arguments) -> switch (method.getName()) {
                    case "close" -> null;
                    case "toString" -> "test provider";
                    case "capabilities" -> new ProviderCapabilities("test", true, true, "for tests");
                    case "listImages", "listComputes", "resources" -> List.of();
                    default ->
                        throw new ProviderException(
                                ProviderException.Kind.UNAVAILABLE, "the test provider cannot " + method.getName());
                });
    }

    @Override
    public List<HostCheck> diagnose(ProviderConfig config) {
        return List.of(HostCheck.ok("test.host", "always fine"));
    }

    @Override
    public List<HostResource> orphans() {
        return List.of();
    }
}
