package dev.sandkeep.server.sessions;

import dev.sandkeep.spi.DurablePoint;
import java.util.Optional;

/**
 * A session with all that is shown of it.
 *
 * @param durable up to where its persisted paths are known to be safe
 */
public record SessionDetails(Session session, String profileName, Sandbox sandbox, Optional<DurablePoint> durable) {}
