package dev.sandkeep.server.snapshots;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * One row of {@code snapshot_jobs}, with its phases.
 *
 * @param version 0 for the test of a setup script, which belongs to none
 * @param attempt 0 while queued; then the number of the newest attempt
 * @param snapshotId present when it succeeded and was no test
 * @param phases of the newest attempt, in order
 */
public record SnapshotJob(
        String id,
        String organization,
        String profileId,
        String profileName,
        int version,
        SnapshotTrigger trigger,
        RefreshOptions options,
        SnapshotJobState state,
        Optional<String> phase,
        int attempt,
        boolean cancelRequested,
        Optional<String> snapshotId,
        Optional<JobFailure> failure,
        Instant queuedAt,
        Optional<Instant> startedAt,
        Optional<Instant> endedAt,
        Instant deadline,
        List<PhaseRun> phases) {
    public SnapshotJob {
        phases = List.copyOf(phases);
    }

    SnapshotJob withPhases(List<PhaseRun> other) {
        return new SnapshotJob(
                id,
                organization,
                profileId,
                profileName,
                version,
                trigger,
                options,
                state,
                phase,
                attempt,
                cancelRequested,
                snapshotId,
                failure,
                queuedAt,
                startedAt,
                endedAt,
                deadline,
                other);
    }

    /**
     * One phase of the newest attempt.
     *
     * @param endedAt empty while it runs, and for ever when its server died in it
     */
    public record PhaseRun(String name, Instant startedAt, Optional<Instant> endedAt) {}
}
