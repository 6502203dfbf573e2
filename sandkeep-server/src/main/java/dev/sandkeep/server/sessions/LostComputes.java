package dev.sandkeep.server.sessions;

import dev.sandkeep.server.platform.security.Caller;
import dev.sandkeep.spi.InspectOutcome;
import dev.sandkeep.spi.ProviderException;
import dev.sandkeep.spi.SandboxProvider;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds out that the compute of a running sandbox is gone. Only what the provider says positively counts. */
final class LostComputes {
    private static final Logger LOG = LoggerFactory.getLogger(LostComputes.class);

    private final SandboxProvider provider;
    private final SandboxTransitions transitions;
    private final SandboxWork work;

    LostComputes(SandboxProvider provider, SandboxTransitions transitions, SandboxWork work) {
        this.provider = provider;
        this.transitions = transitions;
        this.work = work;
    }

    /**
     * Asks the provider about a row that is {@code running}, and begins to end it when its compute is gone.
     *
     * @return what ends it; empty when it runs, cannot be asked about, or somebody else moved it
     */
    Optional<SandboxWork.Piece> look(Sandbox row) {
        InspectOutcome found;
        try {
            found = provider.inspect(row.compute());
        } catch (ProviderException unknown) {
            LOG.warn("event=inspect_failed sandbox={} cause={}", row.id(), unknown.getMessage());
            return Optional.empty();
        }
        return switch (found) {
            case InspectOutcome.Running running -> Optional.empty();
            case InspectOutcome.Stopped stopped -> end(row, stopped.cause());
            case InspectOutcome.Missing missing -> end(row, "missing");
        };
    }

    private Optional<SandboxWork.Piece> end(Sandbox row, String cause) {
        try {
            Sandbox stopping =
                    transitions.stop(Caller.system(row.organization()), row, StopReason.COMPUTE_LOST, Duration.ZERO);
            LOG.warn("event=compute_lost sandbox={} generation={} cause={}", row.id(), row.generation(), cause);
            return Optional.of(work.begin(stopping));
        } catch (SandboxMoved moved) {
            return Optional.empty();
        }
    }
}
