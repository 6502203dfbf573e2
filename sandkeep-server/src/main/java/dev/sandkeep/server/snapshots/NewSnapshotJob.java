package dev.sandkeep.server.snapshots;

import dev.sandkeep.server.profiles.RuntimePlan;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A job to be queued.
 *
 * @param actor who wants it
 * @param scheduledFor the tick of an automatic refresh; at most one job exists for each
 * @param version empty for the test of a setup script
 * @param plan of a test; other jobs take their version's
 */
record NewSnapshotJob(
        String id,
        String organization,
        String actor,
        String profileId,
        OptionalInt version,
        String dataDirectory,
        SnapshotTrigger trigger,
        RefreshOptions options,
        Optional<Instant> scheduledFor,
        Optional<RuntimePlan> plan) {}
