package dev.sandkeep.server.sessions;

import dev.sandkeep.server.computes.Compute;
import dev.sandkeep.server.computes.ComputeLedger;
import dev.sandkeep.server.volumes.Volume;
import dev.sandkeep.server.volumes.Volumes;
import dev.sandkeep.spi.ComputeId;
import dev.sandkeep.spi.DurablePoint;
import dev.sandkeep.spi.SandboxProvider;
import java.time.Clock;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Proves that nothing of a sandbox's older generations lives and that none of them holds the volume, before a newer one may
 * touch it. The proof is the provider's positive answer to a destroy; an exception proves nothing.
 */
final class PastGenerations {
    private static final Logger LOG = LoggerFactory.getLogger(PastGenerations.class);

    private final SandboxProvider provider;
    private final ComputeLedger computes;
    private final Volumes volumes;
    private final SandboxTransitions transitions;
    private final Effects effects;
    private final Clock clock;

    PastGenerations(
            SandboxProvider provider,
            ComputeLedger computes,
            Volumes volumes,
            SandboxTransitions transitions,
            Effects effects,
            Clock clock) {
        this.provider = provider;
        this.computes = computes;
        this.volumes = volumes;
        this.transitions = transitions;
        this.effects = effects;
        this.clock = clock;
    }

    /**
     * Proves it for all generations before the row's, and notes that the row's own may go on.
     *
     * @param moved gets the row each time that it moves
     */
    Task prove(Task task, Consumer<Sandbox> moved) throws InterruptedException {
        Sandbox row = task.sandbox();
        for (Compute older : computes.left(row.id())) {
            if (older.id().generation() < row.generation()) {
                row = destroy(row, older.id());
                moved.accept(row);
            }
        }
        Optional<Volume> volume = volumes.ofSandbox(row.id());
        if (volume.isPresent() && volume.get().heldBy().isPresent()) {
            int holder = volume.get().heldBy().getAsInt();
            if (holder < row.generation()) {
                row = detach(row, volume.get(), holder);
                moved.accept(row);
            }
        }
        return transitions.pastProven(new Task(row, volumes.ofSandbox(row.id()), false));
    }

    /**
     * Proves for a sandbox at rest that nobody holds its volume.
     *
     * @param moved gets the row each time that it moves
     */
    Task freed(Task task, Consumer<Sandbox> moved) throws InterruptedException {
        Sandbox row = task.sandbox();
        Optional<Volume> volume = volumes.ofSandbox(row.id());
        if (volume.isPresent() && volume.get().heldBy().isPresent()) {
            int holder = volume.get().heldBy().getAsInt();
            row = destroy(row, new ComputeId(row.id(), holder));
            moved.accept(row);
            row = detach(row, volume.get(), holder);
            moved.accept(row);
        }
        return new Task(row, volumes.ofSandbox(row.id()), true);
    }

    /** Proves it for one generation that the backend names as the holder. */
    Sandbox free(Sandbox row, Volume volume, int holder) throws InterruptedException {
        Sandbox proven = destroy(row, new ComputeId(row.id(), holder));
        return detach(proven, volume, holder);
    }

    private Sandbox destroy(Sandbox row, ComputeId older) throws InterruptedException {
        LOG.info("event=older_compute_ended compute={} by_generation={}", older, row.generation());
        effects.end(row, deadline(row), () -> provider.inspect(older));
        effects.end(row, deadline(row), () -> provider.destroy(older));
        return transitions.olderDestroyed(row, older);
    }

    private Sandbox detach(Sandbox row, Volume volume, int holder) throws InterruptedException {
        DurablePoint point = effects.end(row, deadline(row), () -> volumes.detach(volume, holder));
        return transitions.olderDetached(row, volume, holder, point);
    }

    private Instant deadline(Sandbox row) {
        return row.deadline().orElseGet(clock::instant);
    }
}
