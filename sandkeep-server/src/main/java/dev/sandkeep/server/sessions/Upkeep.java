package dev.sandkeep.server.sessions;

import dev.sandkeep.spi.CheckpointId;
import java.time.Instant;
import java.util.Optional;

/**
 * What is known of a sandbox for looking after it while it runs, and wishes that are fulfilled at its next resting point.
 *
 * @param expiresAt when its compute must be gone; empty when it may live for ever
 * @param expiryWarnedAt when it was told of that
 * @param lastActivityAt when somebody last used it, as far as it was written down
 * @param checkpointDueAt when it is to be checkpointed next while it runs
 * @param quotaFrozenAt since when it is frozen because a persisted path is over its limit and grew
 * @param replaceWished whether another generation is to follow as soon as it is stopped
 * @param rollback the checkpoint that it is to go back to
 * @param deleteNow whether its deletion does not wait for the grace period
 */
public record Upkeep(
        Optional<Instant> expiresAt,
        Optional<Instant> expiryWarnedAt,
        Optional<Instant> lastActivityAt,
        Optional<Instant> checkpointDueAt,
        Optional<Instant> quotaFrozenAt,
        boolean replaceWished,
        Optional<Rollback> rollback,
        boolean deleteNow) {

    /**
     * The wish to go back.
     *
     * @param to the checkpoint whose content is wanted
     * @param as what that content is called as the newest checkpoint
     * @param by the actor who wants it
     */
    public record Rollback(CheckpointId to, CheckpointId as, String by) {}

    /** Of a sandbox that was just asked for. */
    static Upkeep first(Instant now) {
        return new Upkeep(
                Optional.empty(),
                Optional.empty(),
                Optional.of(now),
                Optional.empty(),
                Optional.empty(),
                false,
                Optional.empty(),
                false);
    }
}
