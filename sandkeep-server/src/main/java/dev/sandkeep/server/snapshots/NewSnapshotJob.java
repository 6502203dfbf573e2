package dev.sandkeep.server.snapshots;

import java.time.Instant;
import java.util.Optional;

/**
 * A job to be queued.
 *
 * @param actor who wants it
 * @param scheduledFor the tick of an automatic refresh; at most one job exists for each
 */
record NewSnapshotJob(
        String id,
        String organization,
        String actor,
        String profileId,
        int version,
        String dataDirectory,
        SnapshotTrigger trigger,
        RefreshOptions options,
        Optional<Instant> scheduledFor) {}
