package dev.sandkeep.server.profiles;

import java.time.Instant;

/**
 * What the next version of a profile will be, as far as it is written.
 *
 * @param revision grows with every change, also from one draft of a profile to the next
 */
public record Draft(Specification spec, int revision, Instant updatedAt) {}
