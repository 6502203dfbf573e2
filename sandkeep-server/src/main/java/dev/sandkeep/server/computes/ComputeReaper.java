package dev.sandkeep.server.computes;

import dev.sandkeep.server.platform.InParallel;
import dev.sandkeep.server.platform.data.DataDirectory;
import dev.sandkeep.spi.ComputeId;
import dev.sandkeep.spi.DestroyOutcome;
import dev.sandkeep.spi.SandboxProvider;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Destroys computes that nothing claims: those that the ledger still knows at once, those that only the host knows after a
 * grace time since they were first seen.
 */
public final class ComputeReaper {
    private static final Logger LOG = LoggerFactory.getLogger(ComputeReaper.class);
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final SandboxProvider provider;
    private final ComputeLedger ledger;
    private final List<ComputeClaims> claims;
    private final DataDirectory data;
    private final Duration grace;
    private final Clock clock;
    private final Map<ComputeId, Instant> firstSeen = new HashMap<>();

    /** @param grace how long a compute that only the host knows is left alone */
    public ComputeReaper(
            SandboxProvider provider,
            ComputeLedger ledger,
            List<ComputeClaims> claims,
            DataDirectory data,
            Duration grace,
            Clock clock) {
        this.provider = provider;
        this.ledger = ledger;
        this.claims = List.copyOf(claims);
        this.data = data;
        this.grace = grace;
        this.clock = clock;
    }

    /** Looks once, and destroys what is due. One at a time. */
    public synchronized void run() throws InterruptedException {
        // The host first: whatever it lists had its row committed before it was started.
        List<ComputeId> onHost = provider.listComputes();
        List<ComputeId> known =
                ledger.leftIn(data.installation()).stream().map(Compute::id).toList();
        Set<ComputeId> claimed = claimed(union(onHost, known));
        Set<ComputeId> due = new TreeSet<>(known);
        due.addAll(unownedForLong(onHost, known, claimed));
        due.removeAll(claimed);
        InParallel.forEach("reaper", due, PATIENCE, this::destroy);
    }

    /** Which of {@code computes} belong to something that is going on. */
    public Set<ComputeId> claimed(Collection<ComputeId> computes) {
        Set<ComputeId> all = new HashSet<>();
        claims.forEach(it -> all.addAll(it.claimed(computes)));
        return all;
    }

    private Set<ComputeId> unownedForLong(List<ComputeId> onHost, List<ComputeId> known, Set<ComputeId> claimed) {
        Set<ComputeId> unowned = new HashSet<>(onHost);
        known.forEach(unowned::remove);
        unowned.removeAll(claimed);
        firstSeen.keySet().retainAll(unowned);
        Instant now = clock.instant();
        unowned.forEach(id -> firstSeen.putIfAbsent(id, now));
        unowned.removeIf(id -> firstSeen.getOrDefault(id, now).plus(grace).isAfter(now));
        return unowned;
    }

    private void destroy(ComputeId id) {
        DestroyOutcome outcome = provider.destroy(id);
        ledger.destroyed(id);
        LOG.info("event=unclaimed_compute_destroyed compute={} outcome={}", id, outcome);
    }

    private static Set<ComputeId> union(List<ComputeId> one, List<ComputeId> other) {
        Set<ComputeId> all = new HashSet<>(one);
        all.addAll(other);
        return all;
    }
}
