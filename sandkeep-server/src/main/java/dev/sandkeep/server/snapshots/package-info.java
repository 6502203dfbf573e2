/**
 * Snapshots: prepared images of published profile versions, and the jobs that make them.
 *
 * <p>{@link dev.sandkeep.server.snapshots.SnapshotJobs} is what others call. {@code SnapshotJobRunner} lets one attempt at a time
 * work on a job and decides what becomes of it when it ends; {@code SnapshotBuild} is the work itself, from base image to swap,
 * as one list of steps.
 *
 * <p>States and failures: {@code docs/states.md}.
 */
@NullMarked
package dev.sandkeep.server.snapshots;

import org.jspecify.annotations.NullMarked;
