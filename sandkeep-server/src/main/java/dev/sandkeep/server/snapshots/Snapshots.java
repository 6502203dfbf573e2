package dev.sandkeep.server.snapshots;

import dev.sandkeep.server.platform.errors.ProblemCode;
import dev.sandkeep.server.platform.errors.SandkeepException;
import dev.sandkeep.server.platform.security.Caller;
import dev.sandkeep.server.platform.web.Page;
import dev.sandkeep.server.platform.web.PageRequest;
import dev.sandkeep.server.profiles.Profile;
import dev.sandkeep.server.profiles.Profiles;
import dev.sandkeep.server.profiles.VersionStatus;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.springframework.stereotype.Component;

/** Snapshots, for everyone else: what exists, and what sessions of a version start from. */
@Component
public class Snapshots {
    private final SnapshotStore snapshots;
    private final SnapshotJobStore jobs;
    private final Profiles profiles;

    Snapshots(SnapshotStore snapshots, SnapshotJobStore jobs, Profiles profiles) {
        this.snapshots = snapshots;
        this.jobs = jobs;
        this.profiles = profiles;
    }

    /** Snapshots of the caller's organization, newest first. */
    public Page<Snapshot> list(Caller caller, Optional<String> profile, PageRequest page) {
        Optional<String> profileId =
                profile.map(reference -> profiles.find(caller, reference).id());
        return Page.of(snapshots.list(caller.organizationId(), profileId, page), page, Snapshot::id);
    }

    /** What the snapshots of each profile take in a data directory, of every organization, most first. */
    public List<SnapshotSpace> space(String dataDirectory) {
        return snapshots.space(dataDirectory);
    }

    /**
     * What a session of a profile starts from.
     *
     * @param version empty takes the newest usable one
     * @throws SandkeepException {@code profile_version_not_usable} with {@code state} and {@code jobId}; {@code not_found}
     */
    public UsableSnapshot requireUsable(Profile profile, OptionalInt version) {
        return snapshots.usable(profile.id(), version).orElseThrow(() -> notUsable(profile, version));
    }

    private SandkeepException notUsable(Profile profile, OptionalInt version) {
        int latest = profile.latestVersion().orElse(0);
        if (version.isPresent() && (version.getAsInt() < 1 || version.getAsInt() > latest)) {
            return SandkeepException.notFound(
                    "version of profile " + profile.name(), Integer.toString(version.getAsInt()));
        }
        if (latest == 0) {
            return new SandkeepException(
                            ProblemCode.PROFILE_VERSION_NOT_USABLE,
                            "No version of profile '" + profile.name() + "' is published.",
                            "Publish its draft: sandkeep profile publish " + profile.name())
                    .with("state", "none");
        }
        int number = version.orElse(latest);
        VersionStatus status = statuses(profile.id(), Set.of(number)).getOrDefault(number, VersionStatus.NONE);
        String state = status.snapshot().name().toLowerCase(Locale.ROOT);
        SandkeepException problem = new SandkeepException(
                ProblemCode.PROFILE_VERSION_NOT_USABLE,
                "Version " + number + " of profile '" + profile.name()
                        + "' has no usable snapshot; its snapshot job is " + state + ".",
                switch (status.snapshot()) {
                    case QUEUED, RUNNING ->
                        "Wait for it: sandkeep snapshot log --follow "
                                + status.lastJobId().orElse("");
                    default ->
                        "See why: sandkeep snapshot log " + status.lastJobId().orElse("") + "; then refresh it.";
                });
        problem.with("state", state);
        status.lastJobId().ifPresent(id -> problem.with("jobId", id));
        return problem;
    }

    /** How versions of a profile stand, by number. Those without any job are missing. */
    Map<Integer, VersionStatus> statuses(String profileId, Collection<Integer> versions) {
        Map<Integer, SnapshotJob> newest = jobs.newestOfVersions(profileId);
        Map<Integer, String> usable = snapshots.usableOf(profileId);
        Map<Integer, SnapshotJobStore.LastRefresh> refreshes = jobs.lastRefreshOfVersions(profileId);
        Map<Integer, VersionStatus> statuses = new HashMap<>();
        for (int version : versions) {
            SnapshotJob job = newest.get(version);
            if (job != null) {
                statuses.put(
                        version,
                        status(
                                job,
                                Optional.ofNullable(usable.get(version)),
                                Optional.ofNullable(refreshes.get(version))));
            }
        }
        return statuses;
    }

    private static VersionStatus status(
            SnapshotJob job, Optional<String> usable, Optional<SnapshotJobStore.LastRefresh> refresh) {
        VersionStatus.Snapshot snapshot;
        if (usable.isPresent()) {
            snapshot = VersionStatus.Snapshot.READY;
        } else {
            snapshot = switch (job.state()) {
                case QUEUED -> VersionStatus.Snapshot.QUEUED;
                case RUNNING -> VersionStatus.Snapshot.RUNNING;
                default -> VersionStatus.Snapshot.FAILED;
            };
        }
        return new VersionStatus(
                snapshot,
                usable,
                job.state().over() ? Optional.empty() : Optional.of(job.id()),
                Optional.of(job.id()),
                refresh.map(last -> last.state() == SnapshotJobState.FAILED
                        ? VersionStatus.Refresh.FAILED
                        : VersionStatus.Refresh.SUCCEEDED),
                refresh.map(SnapshotJobStore.LastRefresh::jobId));
    }

    /** The newest usable version of each of these profiles that has one. */
    Map<String, Integer> usableVersions(Collection<String> profileIds) {
        return snapshots.usableVersions(profileIds);
    }

    /** Names of the images that must exist in a data directory. */
    public List<String> images(String dataDirectory) {
        return snapshots.images(dataDirectory);
    }
}
