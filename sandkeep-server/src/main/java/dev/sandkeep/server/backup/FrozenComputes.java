package dev.sandkeep.server.backup;

import dev.sandkeep.server.platform.config.SandkeepProperties;
import dev.sandkeep.spi.ComputeId;
import dev.sandkeep.spi.InspectOutcome;
import dev.sandkeep.spi.PauseOutcome;
import dev.sandkeep.spi.ProviderConfig;
import dev.sandkeep.spi.SandboxProvider;
import dev.sandkeep.spi.SandboxProviderFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;

/**
 * Computes that are held still, so that what they write does not change while it is copied. They go on when this is closed; when this
 * process dies before, the server's first look at them lets them go on.
 */
final class FrozenComputes implements AutoCloseable {
    private final SandboxProvider provider;
    private final List<ComputeId> frozen = new ArrayList<>();
    private boolean closed;

    private FrozenComputes(SandboxProvider provider) {
        this.provider = provider;
    }

    /** Holds everything still that runs here. */
    static FrozenComputes all(SandkeepProperties properties, String installation) {
        SandboxProvider provider = ServiceLoader.load(SandboxProviderFactory.class).stream()
                .map(ServiceLoader.Provider::get)
                .filter(factory -> factory.name().equals(properties.provider()))
                .findFirst()
                .orElseThrow()
                .open(new ProviderConfig(
                        properties.data(), installation, properties.settingsOf(properties.provider())));
        FrozenComputes computes = new FrozenComputes(provider);
        try {
            provider.listComputes().forEach(computes::freeze);
            return computes;
        } catch (RuntimeException e) {
            computes.close();
            throw e;
        }
    }

    /** One that somebody holds still already is left as it is. */
    private synchronized void freeze(ComputeId id) {
        if (closed || !(provider.inspect(id) instanceof InspectOutcome.Running)) {
            return;
        }
        if (provider.pause(id) == PauseOutcome.DONE) {
            frozen.add(id);
        }
    }

    /** How many are held still. */
    synchronized int size() {
        return frozen.size();
    }

    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        try {
            frozen.forEach(provider::unpause);
        } finally {
            provider.close();
        }
    }
}
