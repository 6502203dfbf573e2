package dev.sandkeep.server.api;

import dev.sandkeep.server.platform.security.Caller;
import dev.sandkeep.server.snapshots.JobFailure;
import dev.sandkeep.server.snapshots.SnapshotJob;
import dev.sandkeep.server.snapshots.SnapshotJobs;
import java.time.Duration;
import java.util.Optional;
import org.springframework.stereotype.Component;

/** Snapshot jobs as the API shows them. */
@Component
class ShownSnapshotJobs implements SnapshotJobViews {
    private final SnapshotJobs jobs;

    ShownSnapshotJobs(SnapshotJobs jobs) {
        this.jobs = jobs;
    }

    @Override
    public Optional<SnapshotJobView> find(Caller caller, String jobId) {
        return jobs.find(caller, jobId).map(ShownSnapshotJobs::of);
    }

    static SnapshotJobView of(SnapshotJob job) {
        return new SnapshotJobView(
                job.id(),
                job.profileId(),
                job.profileName(),
                job.version() == 0 ? null : (Integer) job.version(),
                job.trigger().text(),
                job.options().full(),
                job.options().onlyIfChanged(),
                job.state().text(),
                job.phase().orElse(null),
                job.attempt(),
                job.snapshotId().orElse(null),
                job.failure().map(ShownSnapshotJobs::failure).orElse(null),
                job.queuedAt(),
                job.startedAt().orElse(null),
                job.endedAt().orElse(null),
                job.phases().stream().map(ShownSnapshotJobs::phase).toList());
    }

    private static SnapshotJobView.Failure failure(JobFailure failure) {
        return new SnapshotJobView.Failure(
                failure.code(),
                failure.phase().orElse(null),
                failure.message(),
                failure.exitCode().isPresent() ? (Integer) failure.exitCode().getAsInt() : null,
                failure.lastLines(),
                failure.nextStep());
    }

    private static SnapshotJobView.PhaseView phase(SnapshotJob.PhaseRun phase) {
        return new SnapshotJobView.PhaseView(
                phase.name(),
                phase.startedAt(),
                phase.endedAt()
                        .map(end -> Duration.between(phase.startedAt(), end).toMillis())
                        .orElse(null));
    }
}
