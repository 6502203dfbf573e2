package dev.sandkeep.server.platform.providers;

import dev.sandkeep.server.platform.config.SandkeepProperties;
import dev.sandkeep.server.platform.errors.ProblemCode;
import dev.sandkeep.spi.SandboxProvider;
import java.util.Optional;
import org.springframework.stereotype.Component;

/** Whether this installation can keep persisted paths at all. */
@Component
public final class PersistenceSupport {
    private final SandkeepProperties properties;
    private final SandboxProvider provider;

    PersistenceSupport(SandkeepProperties properties, SandboxProvider provider) {
        this.properties = properties;
        this.provider = provider;
    }

    /** Why it cannot; empty when it can. */
    public Optional<ProblemCode> missing() {
        if (properties.volumesBackend().equals(SandkeepProperties.NO_BACKEND)) {
            return Optional.of(ProblemCode.NO_VOLUME_BACKEND);
        }
        return provider.capabilities().layeredVolumes()
                ? Optional.empty()
                : Optional.of(ProblemCode.PROVIDER_WITHOUT_VOLUMES);
    }
}
