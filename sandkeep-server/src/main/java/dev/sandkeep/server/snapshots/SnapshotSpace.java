package dev.sandkeep.server.snapshots;

/**
 * What the snapshots of one profile take.
 *
 * @param organization its name
 * @param profile its name
 * @param snapshots how many have an image
 * @param bytes that these images take by themselves, as far as they were measured
 * @param unmeasured how many were not
 */
public record SnapshotSpace(String organization, String profile, int snapshots, long bytes, int unmeasured) {}
