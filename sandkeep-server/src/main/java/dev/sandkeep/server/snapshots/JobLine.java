package dev.sandkeep.server.snapshots;

import java.time.Instant;

/**
 * One line of a job's log.
 *
 * @param seq 1, 2, 3 … without gaps
 * @param phase that it belongs to
 * @param stream {@code stdout}, {@code stderr}, or {@code system} for what the job itself says
 * @param text without line end and control characters
 */
public record JobLine(long seq, Instant at, String phase, String stream, String text) {}
