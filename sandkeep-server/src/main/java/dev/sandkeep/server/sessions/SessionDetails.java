package dev.sandkeep.server.sessions;

import dev.sandkeep.spi.DurablePoint;
import java.time.Instant;
import java.util.Optional;

/**
 * A session with all that is shown of it.
 *
 * @param durable up to where its persisted paths are known to be safe
 * @param keptUntil of a deleted one: until when its deletion can be undone
 */
public record SessionDetails(
        Session session,
        String profileName,
        Sandbox sandbox,
        Optional<DurablePoint> durable,
        Optional<Instant> keptUntil) {}
