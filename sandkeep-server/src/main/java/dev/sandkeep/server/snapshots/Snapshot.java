package dev.sandkeep.server.snapshots;

import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A prepared image of a published version.
 *
 * @param id {@code snp_…}; also the image's name at the provider
 * @param dataDirectory installation id of the data directory that holds it
 * @param parent the snapshot that maintenance built it on
 * @param ownBytes what it takes on disk beside what it shares; empty while that was not added up
 * @param pin why it is kept whatever comes after it
 * @param current whether new sessions of the version start from it
 */
public record Snapshot(
        String id,
        String organization,
        String profileId,
        String profileName,
        int version,
        String jobId,
        String dataDirectory,
        String planDigest,
        String baseImageDigest,
        Instant createdAt,
        Optional<String> parent,
        OptionalLong ownBytes,
        Optional<Pin> pin,
        boolean current) {
    /**
     * Keeps a snapshot.
     *
     * @param by the actor
     * @param reason for people; may be empty
     */
    public record Pin(Instant at, String by, String reason) {}
}
