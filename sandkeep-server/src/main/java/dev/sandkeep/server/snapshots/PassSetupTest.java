package dev.sandkeep.server.snapshots;

import java.util.Objects;
import org.springframework.transaction.support.TransactionTemplate;

/** Ends the test of a setup script that ran through. Nothing is kept. */
final class PassSetupTest {
    private final TransactionTemplate transactions;
    private final SnapshotJobStore jobs;
    private final JobEndings endings;

    PassSetupTest(TransactionTemplate transactions, SnapshotJobStore jobs, JobEndings endings) {
        this.transactions = transactions;
        this.jobs = jobs;
        this.endings = endings;
    }

    /**
     * Ends it.
     *
     * @return false when the attempt has no say any more, or the test is to be canceled; nothing was changed
     */
    boolean run(Attempt attempt) {
        return Objects.requireNonNull(transactions.execute(status -> {
            if (!jobs.passTest(attempt)) {
                return false;
            }
            endings.passed(attempt.end(SnapshotJobState.SUCCEEDED));
            return true;
        }));
    }
}
