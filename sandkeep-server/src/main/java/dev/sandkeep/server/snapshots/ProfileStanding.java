package dev.sandkeep.server.snapshots;

import java.util.Optional;
import java.util.OptionalInt;

/**
 * How a profile stands, in one line of a list.
 *
 * @param latest number of the newest published version; empty while there is none
 * @param usable number of the newest version with a usable snapshot
 * @param status of the newest version: {@code none}, {@code queued}, {@code running}, {@code ready} or {@code failed}
 * @param activeJobId the newest version's job that is queued or running
 * @param failedRefreshId the profile's newest refresh, if it failed
 */
public record ProfileStanding(
        String profileId,
        String name,
        OptionalInt latest,
        OptionalInt usable,
        String status,
        Optional<String> activeJobId,
        Optional<String> failedRefreshId) {}
