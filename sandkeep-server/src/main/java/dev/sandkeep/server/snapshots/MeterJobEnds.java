package dev.sandkeep.server.snapshots;

import dev.sandkeep.server.platform.telemetry.Metric;
import dev.sandkeep.server.platform.telemetry.Metrics;
import java.time.Clock;
import java.time.Duration;
import org.springframework.stereotype.Component;

/** Times snapshot jobs, by what they were for and how they ended. */
@Component
class MeterJobEnds implements JobEndListener {
    private final SnapshotJobStore jobs;
    private final Metrics metrics;
    private final Clock clock;

    MeterJobEnds(SnapshotJobStore jobs, Metrics metrics, Clock clock) {
        this.jobs = jobs;
        this.metrics = metrics;
        this.clock = clock;
    }

    @Override
    public void ended(JobEnd end) {
        jobs.find(end.jobId())
                .ifPresent(job -> metrics.took(
                        Metric.SNAPSHOT_JOB,
                        Duration.between(job.queuedAt(), clock.instant()),
                        end.trigger().text(),
                        end.state().text()));
    }

    @Override
    public void profileDeleted(String profileId) {}
}
