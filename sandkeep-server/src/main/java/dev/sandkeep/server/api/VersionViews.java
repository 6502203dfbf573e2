package dev.sandkeep.server.api;

import dev.sandkeep.server.platform.security.Caller;
import dev.sandkeep.server.profiles.ProfileVersion;
import dev.sandkeep.server.profiles.ProfileVersions;
import dev.sandkeep.server.profiles.VersionStatus;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.stereotype.Component;

/** Puts versions together with how they stand. */
@Component
class VersionViews {
    private final ProfileVersions versions;
    private final ObjectProvider<SnapshotJobViews> jobs;

    VersionViews(ProfileVersions versions, ObjectProvider<SnapshotJobViews> jobs) {
        this.versions = versions;
        this.jobs = jobs;
    }

    VersionView of(Caller caller, ProfileVersion version) {
        return of(caller, List.of(version)).getFirst();
    }

    /** All of one profile. */
    List<VersionView> of(Caller caller, List<ProfileVersion> all) {
        if (all.isEmpty()) {
            return List.of();
        }
        Map<Integer, VersionStatus> statuses = versions.statuses(
                all.getFirst().profileId(),
                all.stream().map(ProfileVersion::number).toList());
        return all.stream()
                .map(version -> view(caller, version, statuses.getOrDefault(version.number(), VersionStatus.NONE)))
                .toList();
    }

    Optional<SnapshotJobView> job(Caller caller, String jobId) {
        return jobs.stream().findFirst().flatMap(known -> known.find(caller, jobId));
    }

    private VersionView view(Caller caller, ProfileVersion version, VersionStatus status) {
        return new VersionView(
                version.profileId(),
                version.profileName(),
                version.number(),
                "published",
                version.publishedAt(),
                version.spec(),
                version.planDigest(),
                lower(status.snapshot()),
                status.snapshotId().orElse(null),
                status.activeJobId().orElse(null),
                status.lastJobId().flatMap(id -> job(caller, id)).orElse(null),
                status.lastRefresh().map(VersionViews::lower).orElse(null));
    }

    private static String lower(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }
}
