package dev.sandkeep.server.api;

import dev.sandkeep.server.platform.security.Caller;
import dev.sandkeep.server.profiles.ProfileVersion;
import dev.sandkeep.server.profiles.ProfileVersions;
import dev.sandkeep.server.profiles.VersionStatus;
import dev.sandkeep.server.schedules.RefreshSchedules;
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
    private final RefreshSchedules schedules;
    private final ScheduleViews scheduleViews;

    VersionViews(
            ProfileVersions versions,
            ObjectProvider<SnapshotJobViews> jobs,
            RefreshSchedules schedules,
            ScheduleViews scheduleViews) {
        this.versions = versions;
        this.jobs = jobs;
        this.schedules = schedules;
        this.scheduleViews = scheduleViews;
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
        Optional<ScheduleView> schedule =
                schedules.ofProfile(all.getFirst().profileId()).map(scheduleViews::of);
        return all.stream()
                .map(version ->
                        view(caller, version, statuses.getOrDefault(version.number(), VersionStatus.NONE), schedule))
                .toList();
    }

    Optional<SnapshotJobView> job(Caller caller, String jobId) {
        return jobs.stream().findFirst().flatMap(known -> known.find(caller, jobId));
    }

    private VersionView view(
            Caller caller, ProfileVersion version, VersionStatus status, Optional<ScheduleView> schedule) {
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
                status.lastRefresh().map(VersionViews::lower).orElse(null),
                status.lastRefreshJobId()
                        .flatMap(id -> job(caller, id))
                        .map(SnapshotJobView::failure)
                        .orElse(null),
                schedule.filter(it -> Integer.valueOf(version.number()).equals(it.version()))
                        .orElse(null));
    }

    private static String lower(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }
}
