package dev.sandkeep.server.snapshots;

import java.nio.file.Path;
import java.time.Duration;

/**
 * What the configuration says about snapshot jobs.
 *
 * @param queueTimeout after which a job that nobody took ends with {@code job_timeout}
 * @param buildTimeout how long a job may run, its setup script's own time not counted
 * @param firstBackoff before the second attempt; doubles for the third
 * @param storage where the provider keeps what builds write
 * @param reserveBytes what must stay free there while something is built
 * @param logLimitMib mebibytes of a job's log, after which it is cut in the middle
 */
public record SnapshotSettings(
        Duration queueTimeout,
        Duration buildTimeout,
        Duration firstBackoff,
        Path storage,
        long reserveBytes,
        int logLimitMib) {}
