package dev.sandkeep.server.sessions;

import java.time.Instant;
import java.util.Optional;

/**
 * What is to happen to a compute that starts now.
 *
 * @param expiresAt when it must be gone
 * @param checkpointAt when it is to be checkpointed first
 */
record Schedule(Optional<Instant> expiresAt, Optional<Instant> checkpointAt) {}
