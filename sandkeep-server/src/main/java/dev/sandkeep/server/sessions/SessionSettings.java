package dev.sandkeep.server.sessions;

import java.time.Duration;

/**
 * What the configuration says about sessions.
 *
 * @param startTimeout after which a start ends with {@code start_timeout}
 * @param stopTimeout after which a stop ends with {@code stop_timeout}, its grace time not counted
 * @param deleteGrace between SIGTERM and SIGKILL when something that runs is deleted
 * @param systemGrace between SIGTERM and SIGKILL when something is stopped because it expires or is idle
 * @param keepDeleted how long the volume of a deleted session is kept
 * @param lease how long a silent worker keeps a row
 * @param concurrentStarts how many sandboxes this server starts at a time
 * @param firstBackoff before a call that was not answered is repeated for the first time; doubles, up to {@code lastBackoff}
 * @param lastBackoff the longest wait between two repetitions
 */
public record SessionSettings(
        Duration startTimeout,
        Duration stopTimeout,
        Duration deleteGrace,
        Duration systemGrace,
        Duration keepDeleted,
        Duration lease,
        int concurrentStarts,
        Duration firstBackoff,
        Duration lastBackoff) {}
