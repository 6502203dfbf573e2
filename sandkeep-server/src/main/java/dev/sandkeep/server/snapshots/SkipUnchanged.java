package dev.sandkeep.server.snapshots;

import java.util.Objects;
import java.util.Optional;
import org.springframework.transaction.support.TransactionTemplate;

/** Ends a job that was to build only if something had changed, when nothing has. The present snapshot goes on serving. */
final class SkipUnchanged {
    private final TransactionTemplate transactions;
    private final SnapshotJobStore jobs;
    private final SnapshotStore snapshots;
    private final JobEndings endings;
    private final String dataDirectory;

    SkipUnchanged(
            TransactionTemplate transactions,
            SnapshotJobStore jobs,
            SnapshotStore snapshots,
            JobEndings endings,
            String dataDirectory) {
        this.transactions = transactions;
        this.jobs = jobs;
        this.snapshots = snapshots;
        this.endings = endings;
        this.dataDirectory = dataDirectory;
    }

    /** Whether the job is to end here. */
    boolean applies(Build build, Inputs inputs) throws InterruptedException {
        Attempt attempt = build.attempt();
        if (!attempt.options().onlyIfChanged()) {
            return false;
        }
        Optional<SnapshotStore.Foundation> present =
                snapshots.foundation(attempt.profileId(), attempt.version(), dataDirectory);
        boolean same = present.flatMap(SnapshotStore.Foundation::fingerprint)
                .filter(inputs.fingerprint()::equals)
                .isPresent();
        build.log()
                .system(
                        same
                                ? "Nothing has changed since "
                                        + present.orElseThrow().image() + " was built"
                                : "Something has changed: building");
        return same;
    }

    /**
     * Ends it.
     *
     * @return false when the attempt has no say any more, or the job is to be canceled; nothing was changed
     */
    boolean run(Attempt attempt) {
        return Objects.requireNonNull(transactions.execute(status -> {
            if (!jobs.skip(attempt)) {
                return false;
            }
            endings.skipped(attempt.end(SnapshotJobState.SKIPPED));
            return true;
        }));
    }
}
