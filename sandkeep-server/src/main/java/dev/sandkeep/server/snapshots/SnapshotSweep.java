package dev.sandkeep.server.snapshots;

import dev.sandkeep.server.platform.InParallel;
import dev.sandkeep.server.platform.data.DataDirectory;
import dev.sandkeep.server.platform.errors.ProblemCode;
import dev.sandkeep.server.platform.jobs.Jobs;
import dev.sandkeep.server.platform.security.Caller;
import dev.sandkeep.spi.DeleteImageOutcome;
import dev.sandkeep.spi.ImageId;
import dev.sandkeep.spi.SandboxProvider;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.transaction.support.TransactionTemplate;

/** Ends snapshot jobs whose time is up whoever works on them, and removes images that nothing needs. */
public final class SnapshotSweep {
    private static final Logger LOG = LoggerFactory.getLogger(SnapshotSweep.class);
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    /** An attempt ends itself at the deadline, and cleans up; this is for one that does not. */
    private static final Duration OVERTIME = Duration.ofMinutes(1);

    private final SnapshotJobStore jobs;
    private final SnapshotStore snapshots;
    private final RemoveImage removeImage;
    private final SandboxProvider provider;
    private final Jobs queue;
    private final TransactionTemplate transactions;
    private final JobEndings endings;
    private final DataDirectory data;
    private final Clock clock;

    SnapshotSweep(
            SnapshotJobStore jobs,
            SnapshotStore snapshots,
            RemoveImage removeImage,
            SandboxProvider provider,
            Jobs queue,
            TransactionTemplate transactions,
            JobEndings endings,
            DataDirectory data,
            Clock clock) {
        this.jobs = jobs;
        this.snapshots = snapshots;
        this.removeImage = removeImage;
        this.provider = provider;
        this.queue = queue;
        this.transactions = transactions;
        this.endings = endings;
        this.data = data;
        this.clock = clock;
    }

    /** Looks once. */
    public void run() throws InterruptedException {
        InParallel.forEach("active-jobs", jobs.activeIn(data.installation()), PATIENCE, this::keepGoing);
        InParallel.forEach("attempt-images", jobs.unsettledOver(data.installation()), PATIENCE, this::settle);
        InParallel.forEach(
                "deleted-profiles",
                snapshots.deletedProfilesWithSnapshots(),
                PATIENCE,
                profile -> transactions.executeWithoutResult(status -> snapshots.release(profile)));
        InParallel.forEach(
                "released-images", snapshots.releasedImages(data.installation()), PATIENCE, removeImage::run);
    }

    /** Names of images that attempts may have captured and that nobody has looked for since. */
    public List<String> imagesOfAttempts() {
        return jobs.unsettledImages(data.installation());
    }

    private void keepGoing(SnapshotJobStore.ActiveJob job) {
        if (job.deadline().plus(OVERTIME).isBefore(clock.instant())) {
            endOverdue(job);
        } else {
            // Changes nothing, unless somebody emptied the queue's table.
            queue.enqueue(SnapshotJobs.work(data, job.id()));
        }
    }

    private void endOverdue(SnapshotJobStore.ActiveJob job) {
        ProblemCode code = ProblemCode.JOB_TIMEOUT;
        JobFailure failure = new JobFailure(
                code.code(), job.phase(), code.sentence(), OptionalInt.empty(), List.of(), code.nextStep());
        transactions.executeWithoutResult(status -> {
            if (jobs.endOverdue(job.id(), failure)) {
                queue.cancel(SnapshotJobs.work(data, job.id()));
                endings.failed(Caller.system(job.organization()), job.failed(), job.state(), failure);
                LOG.warn("event=snapshot_job_overdue job={}", job.id());
            }
        });
    }

    private void settle(SnapshotJobStore.Capturable left) {
        if (gone(left.image())) {
            jobs.settled(left.jobId(), left.attempt());
        }
    }

    private boolean gone(ImageId image) {
        return switch (provider.deleteImage(image)) {
            case DeleteImageOutcome.Deleted deleted -> {
                LOG.info("event=image_removed image={}", image);
                yield true;
            }
            case DeleteImageOutcome.Missing missing -> true;
            case DeleteImageOutcome.InUse inUse -> {
                LOG.debug("event=image_in_use image={} user={}", image, inUse.user());
                yield false;
            }
        };
    }
}
