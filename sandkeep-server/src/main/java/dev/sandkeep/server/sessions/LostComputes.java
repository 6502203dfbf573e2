package dev.sandkeep.server.sessions;

import dev.sandkeep.server.findings.Difference;
import dev.sandkeep.server.findings.FindingState;
import dev.sandkeep.server.findings.Findings;
import dev.sandkeep.server.platform.security.Caller;
import dev.sandkeep.server.volumes.Volumes;
import dev.sandkeep.spi.InspectOutcome;
import dev.sandkeep.spi.ProviderException;
import dev.sandkeep.spi.SandboxProvider;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds out that the compute of a running sandbox is gone. Only what the provider says positively counts. */
final class LostComputes {
    private static final Logger LOG = LoggerFactory.getLogger(LostComputes.class);

    private final SandboxProvider provider;
    private final SandboxTransitions transitions;
    private final SandboxWork work;
    private final Volumes volumes;
    private final Findings findings;
    private final Clock clock;

    LostComputes(
            SandboxProvider provider,
            SandboxTransitions transitions,
            SandboxWork work,
            Volumes volumes,
            Findings findings,
            Clock clock) {
        this.volumes = volumes;
        this.findings = findings;
        this.clock = clock;
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
            case InspectOutcome.Running running -> {
                if (running.compute().paused()) {
                    letGoOn(row);
                }
                yield Optional.empty();
            }
            case InspectOutcome.Stopped stopped -> end(row, stopped.cause());
            case InspectOutcome.Missing missing -> end(row, "missing");
        };
    }

    /** What was kept and ended after its time has expired, whoever ended it; an ephemeral one has lost its state. */
    private StopReason reason(Sandbox row) {
        boolean expired = row.upkeep()
                .expiresAt()
                .filter(at -> !clock.instant().isBefore(at))
                .isPresent();
        return expired && row.persistent() ? StopReason.EXPIRED : StopReason.COMPUTE_LOST;
    }

    /** A pause outlives whoever began it: one that nobody answers for is ended. */
    private void letGoOn(Sandbox row) {
        if (row.upkeep().quotaFrozenAt().isPresent() || volumes.checkpointing(row.id())) {
            return;
        }
        try {
            provider.unpause(row.compute());
            findings.ended(
                    new Difference(
                            Difference.COMPUTE,
                            row.compute().name(),
                            row.id(),
                            "it was held still, and nobody answered for that",
                            false,
                            ""),
                    FindingState.REPAIRED,
                    "it goes on",
                    OptionalLong.empty());
            LOG.warn("event=compute_let_go_on sandbox={} generation={}", row.id(), row.generation());
        } catch (ProviderException later) {
            LOG.warn("event=unpause_failed sandbox={} cause={}", row.id(), later.getMessage());
        }
    }

    private Optional<SandboxWork.Piece> end(Sandbox row, String cause) {
        try {
            Sandbox stopping = transitions.stop(Caller.system(row.organization()), row, reason(row), Duration.ZERO);
            LOG.warn("event=compute_lost sandbox={} generation={} cause={}", row.id(), row.generation(), cause);
            return Optional.of(work.begin(stopping));
        } catch (SandboxMoved moved) {
            return Optional.empty();
        }
    }
}
