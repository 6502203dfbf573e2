package dev.sandkeep.server.computes;

import dev.sandkeep.spi.ComputeId;
import java.time.Instant;

/**
 * One row of the ledger.
 *
 * @param id owner and generation
 * @param state what is known of it
 * @param createdAt when its number was taken
 */
public record Compute(ComputeId id, ComputeState state, Instant createdAt) {}
