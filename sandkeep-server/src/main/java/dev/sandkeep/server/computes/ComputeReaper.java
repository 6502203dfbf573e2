package dev.sandkeep.server.computes;

import dev.sandkeep.server.findings.Difference;
import dev.sandkeep.server.findings.FindingState;
import dev.sandkeep.server.findings.Findings;
import dev.sandkeep.server.platform.InParallel;
import dev.sandkeep.server.platform.data.DataDirectory;
import dev.sandkeep.spi.ChangeVisitor;
import dev.sandkeep.spi.ChangesOutcome;
import dev.sandkeep.spi.ComputeId;
import dev.sandkeep.spi.DestroyOutcome;
import dev.sandkeep.spi.FileKind;
import dev.sandkeep.spi.ProviderException;
import dev.sandkeep.spi.SandboxProvider;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicLong;
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
    private final Findings findings;
    private final DataDirectory data;
    private final Duration grace;
    private final Clock clock;
    private final Map<ComputeId, Instant> firstSeen = new HashMap<>();

    /** @param grace how long a compute that only the host knows is left alone */
    public ComputeReaper(
            SandboxProvider provider,
            ComputeLedger ledger,
            List<ComputeClaims> claims,
            Findings findings,
            DataDirectory data,
            Duration grace,
            Clock clock) {
        this.provider = provider;
        this.ledger = ledger;
        this.claims = List.copyOf(claims);
        this.findings = findings;
        this.data = data;
        this.grace = grace;
        this.clock = clock;
    }

    /** Looks once, and destroys what is due. One at a time. */
    public synchronized void run() throws InterruptedException {
        // The host first: whatever it lists had its row committed before it was started.
        List<ComputeId> onHost = onHost();
        List<ComputeId> known =
                ledger.leftIn(data.installation()).stream().map(Compute::id).toList();
        Set<ComputeId> claimed = claimed(union(onHost, known));
        Set<ComputeId> due = new TreeSet<>(known);
        due.addAll(unownedForLong(onHost, known, claimed));
        due.removeAll(claimed);
        InParallel.forEach("reaper", due, PATIENCE, this::destroy);
    }

    /** Also those of which only parts are left: a mount, a cgroup, a network link. */
    private List<ComputeId> onHost() {
        Set<ComputeId> found = new TreeSet<>(provider.listComputes());
        provider.resources()
                .forEach(resource ->
                        resource.owner().flatMap(ComputeReaper::named).ifPresent(found::add));
        return List.copyOf(found);
    }

    /** The compute of that name; empty when it is no name of one. */
    public static Optional<ComputeId> named(String name) {
        try {
            return Optional.of(ComputeId.parse(name));
        } catch (IllegalArgumentException notOurs) {
            return Optional.empty();
        }
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
        OptionalLong bytes = written(id);
        DestroyOutcome outcome = provider.destroy(id);
        ledger.destroyed(id);
        if (outcome == DestroyOutcome.DESTROYED) {
            findings.ended(
                    new Difference(Difference.COMPUTE, id.name(), id.sandbox(), "nothing claims it", false, ""),
                    FindingState.REMOVED,
                    "the compute was destroyed",
                    bytes);
        }
        LOG.info("event=unclaimed_compute_destroyed compute={} outcome={}", id, outcome);
    }

    /** Bytes of the files that it wrote. */
    private OptionalLong written(ComputeId id) {
        AtomicLong bytes = new AtomicLong();
        try {
            return provider.visitChanges(id, file -> {
                                bytes.addAndGet(file.kind() == FileKind.REGULAR ? file.size() : 0);
                                return Thread.currentThread().isInterrupted()
                                        ? ChangeVisitor.Next.STOP
                                        : ChangeVisitor.Next.CONTINUE;
                            })
                            instanceof ChangesOutcome.Visited
                    ? OptionalLong.of(bytes.get())
                    : OptionalLong.empty();
        } catch (ProviderException unknown) {
            return OptionalLong.empty();
        }
    }

    private static Set<ComputeId> union(List<ComputeId> one, List<ComputeId> other) {
        Set<ComputeId> all = new HashSet<>(one);
        all.addAll(other);
        return all;
    }
}
