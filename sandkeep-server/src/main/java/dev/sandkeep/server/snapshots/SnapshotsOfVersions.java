package dev.sandkeep.server.snapshots;

import dev.sandkeep.server.platform.security.Caller;
import dev.sandkeep.server.profiles.Profile;
import dev.sandkeep.server.profiles.ProfileVersion;
import dev.sandkeep.server.profiles.VersionSnapshots;
import dev.sandkeep.server.profiles.VersionStatus;
import java.util.Collection;
import java.util.Map;
import org.springframework.stereotype.Component;

/** What profiles see of snapshots. */
@Component
class SnapshotsOfVersions implements VersionSnapshots {
    private final Snapshots snapshots;
    private final SnapshotJobs jobs;

    SnapshotsOfVersions(Snapshots snapshots, SnapshotJobs jobs) {
        this.snapshots = snapshots;
        this.jobs = jobs;
    }

    @Override
    public String published(Caller caller, ProfileVersion version) {
        return jobs.published(caller, version);
    }

    @Override
    public Map<Integer, VersionStatus> statuses(String profileId, Collection<Integer> versions) {
        return snapshots.statuses(profileId, versions);
    }

    @Override
    public Map<String, Integer> usableVersions(Collection<String> profileIds) {
        return snapshots.usableVersions(profileIds);
    }

    @Override
    public void profileDeleted(Caller caller, Profile profile) {
        jobs.profileDeleted(caller, profile);
    }
}
