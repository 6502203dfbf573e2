package dev.sandkeep.server.profiles;

import dev.sandkeep.server.platform.security.Caller;
import java.util.Collection;
import java.util.Map;

/** What profiles need of snapshots, which know profiles: implemented there, so that the packages form no cycle. */
public interface VersionSnapshots {

    /**
     * Queues the first snapshot job of a version that is being published. Runs inside the publishing transaction: when this
     * throws, nothing is published.
     *
     * @return id of the job
     */
    String published(Caller caller, ProfileVersion version);

    /** How versions of one profile stand, by number; a version that is missing in the answer has {@link VersionStatus#NONE}. */
    Map<Integer, VersionStatus> statuses(String profileId, Collection<Integer> versions);

    /** The newest usable version of each profile, by profile id; profiles without one are missing. */
    Map<String, Integer> usableVersions(Collection<String> profileIds);

    /** A profile is being deleted; inside that transaction. Its queued and running jobs end, its images become free. */
    void profileDeleted(Caller caller, Profile profile);
}
