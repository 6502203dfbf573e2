package dev.sandkeep.server.sessions;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The rows that this server works on, and until when each is its own. {@link #renew} is called at short intervals; a row that
 * it could not renew in time is no longer worked on.
 */
final class SandboxLeases {
    private final String server;
    private final Duration length;
    private final SandboxStore store;
    private final Clock clock;
    private final Map<String, Instant> held = new ConcurrentHashMap<>();

    SandboxLeases(String server, Duration length, SandboxStore store, Clock clock) {
        this.server = server;
        this.length = length;
        this.store = store;
        this.clock = clock;
    }

    /** How this server is called in rows. */
    String owner() {
        return server;
    }

    /** When a lease that is taken now ends. */
    Instant until() {
        return clock.instant().plus(length);
    }

    /** Notes that this server works on {@code row}, whose lease it has just taken. */
    void hold(Sandbox row) {
        held.put(row.id(), row.leaseUntil().orElseGet(this::until));
    }

    /** Notes that this server does not work on it any more. */
    void drop(String sandbox) {
        held.remove(sandbox);
    }

    /**
     * Checks by the clock alone that others leave {@code row} to this server.
     *
     * @throws SandboxMoved when they may have taken it over
     */
    void requireHeld(Sandbox row) {
        Instant until = held.get(row.id());
        if (until == null || until.isBefore(clock.instant())) {
            throw new SandboxMoved(row.id());
        }
    }

    /** Extends all leases. Those that are not ours any more are dropped. */
    void renew() {
        Set<String> ids = new HashSet<>(held.keySet());
        if (ids.isEmpty()) {
            return;
        }
        Instant until = until();
        Set<String> kept = new HashSet<>(store.renew(server, ids, until));
        for (String id : ids) {
            held.computeIfPresent(id, (any, before) -> kept.contains(id) ? until : null);
        }
    }

    /** Lets others take over at once what this server held. */
    void abandonAll() {
        held.clear();
        store.abandon(server);
    }
}
