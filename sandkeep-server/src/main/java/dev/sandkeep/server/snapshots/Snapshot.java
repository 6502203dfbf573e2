package dev.sandkeep.server.snapshots;

import java.time.Instant;

/**
 * A prepared image of a published version.
 *
 * @param id {@code snp_…}; also the image's name at the provider
 * @param dataDirectory installation id of the data directory that holds it
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
        boolean current) {}
