package dev.sandkeep.server.platform.jobs;

import java.time.Instant;
import java.util.Optional;

/**
 * One kind of background work, as the queue holds it.
 *
 * @param name of the task
 * @param recurring whether it comes back by itself
 * @param waiting pieces of it in the queue
 * @param running of these, how many a server works on
 * @param next when the next piece is due
 * @param lastSuccess empty when there was none
 * @param lastFailure empty when there was none
 * @param failures in a row, of the piece that has most
 */
public record QueuedTask(
        String name,
        boolean recurring,
        int waiting,
        int running,
        Instant next,
        Optional<Instant> lastSuccess,
        Optional<Instant> lastFailure,
        int failures) {}
