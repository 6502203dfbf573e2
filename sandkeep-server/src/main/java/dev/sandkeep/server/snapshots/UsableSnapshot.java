package dev.sandkeep.server.snapshots;

/**
 * The snapshot that new sessions of a version start from.
 *
 * @param id also the image's name at the provider
 * @param version of the profile
 * @param planDigest of the plan that it was made by
 * @param dataDirectory installation id of the data directory that holds it
 */
public record UsableSnapshot(String id, int version, String planDigest, String dataDirectory) {}
