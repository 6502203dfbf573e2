package dev.sandkeep.server.snapshots;

import dev.sandkeep.spi.ImageId;
import java.util.List;
import java.util.Objects;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Makes a captured image the version's usable snapshot, in one transaction with the job's end: sessions get the old one before
 * it and the new one after.
 */
final class SwapSnapshot {
    private final TransactionTemplate transactions;
    private final SnapshotJobStore jobs;
    private final SnapshotStore snapshots;
    private final JobEndings endings;

    SwapSnapshot(TransactionTemplate transactions, SnapshotJobStore jobs, SnapshotStore snapshots, JobEndings endings) {
        this.transactions = transactions;
        this.jobs = jobs;
        this.snapshots = snapshots;
        this.endings = endings;
    }

    /**
     * Swaps.
     *
     * @param capturedBy number of the attempt whose image it is: this one or an earlier one
     * @return false when the attempt has no say any more, or the job is to be canceled; nothing was changed
     */
    boolean run(Attempt attempt, String dataDirectory, BaseImage base, ImageId image, int capturedBy) {
        return Objects.requireNonNull(transactions.execute(status -> {
            if (!jobs.succeed(attempt, image.value())) {
                return false;
            }
            snapshots.insert(attempt, dataDirectory, base, image, capturedBy);
            snapshots.use(attempt, image);
            jobs.settled(attempt.jobId(), capturedBy);
            List<AllowedSecret> allowed = snapshots.allowedSecrets(image.value());
            if (!allowed.isEmpty()) {
                endings.secretsAllowed(attempt.end(SnapshotJobState.SUCCEEDED), image.value(), allowed);
            }
            endings.succeeded(attempt.end(SnapshotJobState.SUCCEEDED), image.value());
            return true;
        }));
    }
}
