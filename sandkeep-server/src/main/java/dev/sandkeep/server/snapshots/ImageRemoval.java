package dev.sandkeep.server.snapshots;

import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * An image that was removed or is to be.
 *
 * @param profileName of the snapshot's profile, unless that was deleted; empty for base images
 * @param version of the snapshot's profile; empty for base images
 * @param explanation why that is allowed, with what was checked
 * @param bytes that it took by itself, where that could be found out
 * @param removedAt empty while it is still there
 * @param failure why it is still there, after a try
 */
public record ImageRemoval(
        String image,
        Optional<String> profileName,
        OptionalInt version,
        Reason reason,
        String explanation,
        OptionalLong bytes,
        Instant allowedAt,
        Optional<Instant> removedAt,
        Optional<String> failure) {
    /** Why it may go. */
    public enum Reason {
        /** Enough newer snapshots of its version exist. */
        SUPERSEDED,
        /** Nothing of its profile is left. */
        PROFILE_DELETED,
        /** No snapshot stands on it. */
        UNUSED_BASE_IMAGE;

        /** As in the database and in answers. */
        public String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}
