package dev.sandkeep.server.sessions;

import java.time.Instant;
import java.util.Optional;

/**
 * A user's piece of work. It owns one sandbox.
 *
 * @param id {@code ses_…}
 * @param name unique among the organization's sessions that are not deleted
 * @param workingDirectory absolute; where its commands begin unless they say where
 * @param createdBy the actor who asked for it
 */
public record Session(
        String id,
        String organization,
        String name,
        String profileId,
        int version,
        String workingDirectory,
        String createdBy,
        Instant createdAt,
        Optional<Instant> deletedAt) {
    /** Where commands begin in sessions that chose no repository. */
    static final String DEFAULT_DIRECTORY = "/root";

    /** The same with a name. */
    Session named(String other) {
        return new Session(
                id, organization, other, profileId, version, workingDirectory, createdBy, createdAt, deletedAt);
    }
}
