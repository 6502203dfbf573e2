package dev.sandkeep.server.sessions;

import dev.sandkeep.server.snapshots.UsableSnapshot;
import dev.sandkeep.spi.ComputeId;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * One row of {@code sandboxes}, as it was read. Down to {@code persistedPaths} it never changes.
 *
 * @param id {@code sbx_…}
 * @param dataDirectory installation id of the data directory that its compute and volume live in
 * @param persistedPaths empty for an ephemeral sandbox
 * @param fallback present when persistence was asked for and not given
 * @param generation of the newest compute
 * @param lifecycle the report as JSON, the same bytes as in {@code /run/sandkeep/lifecycle.json}
 * @param stoppedGeneration the generation that last ran and stopped; 0 when none did
 * @param stopWish what stop was asked for and not begun
 * @param stopGraceMillis of the stop that is going on
 * @param deleteWished whether it is to be deleted
 * @param upkeep what is known for looking after it
 * @param leaseOwner the server that works on it
 * @param leaseUntil when others may take it over
 * @param deadline when what is going on ends with a code, whoever works on it
 * @param rowVersion names this content of the row in compare-and-set
 */
public record Sandbox(
        String id,
        String sessionId,
        String organization,
        String dataDirectory,
        SandboxMode mode,
        String profileId,
        int version,
        String snapshotId,
        String planDigest,
        List<String> persistedPaths,
        Optional<PersistenceFallback> fallback,
        SandboxState state,
        int generation,
        Optional<StopReason> stopReason,
        Optional<Failure> failure,
        Optional<String> lifecycle,
        Optional<Instant> startedAt,
        Optional<Instant> stoppedAt,
        int stoppedGeneration,
        Optional<StopReason> stopWish,
        long stopGraceMillis,
        boolean deleteWished,
        Upkeep upkeep,
        Optional<String> leaseOwner,
        Optional<Instant> leaseUntil,
        Optional<Instant> deadline,
        long rowVersion) {
    public Sandbox {
        persistedPaths = List.copyOf(persistedPaths);
    }

    /** The row of a new session's sandbox, with the lease taken. */
    static Sandbox first(
            String id,
            Session session,
            String dataDirectory,
            SandboxMode mode,
            UsableSnapshot snapshot,
            List<String> persistedPaths,
            Optional<PersistenceFallback> fallback,
            SandboxState state,
            String leaseOwner,
            Instant leaseUntil,
            Instant deadline) {
        return new Sandbox(
                id,
                session.id(),
                session.organization(),
                dataDirectory,
                mode,
                session.profileId(),
                session.version(),
                snapshot.id(),
                snapshot.planDigest(),
                persistedPaths,
                fallback,
                state,
                1,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                0,
                Optional.empty(),
                0,
                false,
                Upkeep.first(session.createdAt()),
                Optional.of(leaseOwner),
                Optional.of(leaseUntil),
                Optional.of(deadline),
                1);
    }

    /** Name of its newest compute. */
    public ComputeId compute() {
        return new ComputeId(id, generation);
    }

    /** Whether its persisted paths outlive compute. */
    public boolean persistent() {
        return mode == SandboxMode.PERSISTENT;
    }
}
