package dev.sandkeep.server.findings;

import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A difference between rows and what is there.
 *
 * @param id {@code fnd_…}
 * @param kind of thing on the host or in a store; {@code ROW} for a row without its thing
 * @param name how an operator finds it
 * @param owner whose it was, as far as is known; else empty
 * @param reason why it should not be so
 * @param action what was done, or what a person is to do
 * @param bytes won by its removal, where that is known
 */
public record Finding(
        String id,
        String kind,
        String name,
        String owner,
        String reason,
        FindingState state,
        String action,
        OptionalLong bytes,
        Instant firstSeenAt,
        Instant lastSeenAt,
        Optional<Instant> endedAt) {}
