package dev.sandkeep.server.platform.jobs;

import com.github.kagkarlsson.scheduler.Scheduler;
import com.github.kagkarlsson.scheduler.SchedulerClient;
import com.github.kagkarlsson.scheduler.SchedulerClient.ScheduleOptions;
import com.github.kagkarlsson.scheduler.exceptions.TaskInstanceException;
import com.github.kagkarlsson.scheduler.task.TaskInstance;
import com.github.kagkarlsson.scheduler.task.TaskInstanceId;
import java.time.Clock;
import java.time.Instant;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * Puts work into the queue, in the caller's transaction: it exists if and only if what it belongs to does. After the commit
 * this server looks into the queue at once; others do so within a second.
 *
 * <p>What the work is, a feature says with a bean of type {@code com.github.kagkarlsson.scheduler.task.Task}. The same work
 * may be run again after its server died in the middle of it, so that it begins with a look at what is done already.
 */
public final class Jobs {
    private static final Logger LOG = LoggerFactory.getLogger(Jobs.class);

    private final SchedulerClient client;
    private final Supplier<Scheduler> scheduler;
    private final Clock clock;

    Jobs(SchedulerClient client, Supplier<Scheduler> scheduler, Clock clock) {
        this.client = client;
        this.scheduler = scheduler;
        this.clock = clock;
    }

    /**
     * Queues work for now.
     *
     * @return false when work of this task and id is queued or running already; nothing was changed
     */
    public boolean enqueue(TaskInstance<?> work) {
        return enqueue(work, clock.instant());
    }

    /**
     * Queues work for a time.
     *
     * @return false when work of this task and id is queued or running already; nothing was changed
     */
    public boolean enqueue(TaskInstance<?> work, Instant at) {
        boolean queued = client.scheduleIfNotExists(work, at);
        if (queued && !at.isAfter(clock.instant())) {
            afterCommit(this::wake);
        }
        return queued;
    }

    /** Queues work for a time, or moves it there when it is queued already. Running work is not touched. */
    public void enqueueOrMove(TaskInstance<?> work, Instant at) {
        client.schedule(work, at, ScheduleOptions.WHEN_EXISTS_RESCHEDULE);
        if (!at.isAfter(clock.instant())) {
            afterCommit(this::wake);
        }
    }

    /** Takes work out of the queue; nothing happens when there is none, or when it runs. */
    public void cancel(TaskInstanceId work) {
        client.getScheduledExecution(work)
                .filter(execution -> !execution.isPicked())
                .ifPresent(execution -> cancelUnlessTaken(work));
    }

    private void cancelUnlessTaken(TaskInstanceId work) {
        try {
            client.cancel(work);
        } catch (TaskInstanceException takenMeanwhile) {
            // Between the look and the removal somebody has taken it: then it runs, or has run.
            LOG.debug("event=work_taken_before_cancel work={}", work, takenMeanwhile);
        }
    }

    /** Makes this server look into the queue now. */
    public void wake() {
        scheduler.get().triggerCheckForDueExecutions();
    }

    private static void afterCommit(Runnable action) {
        if (TransactionSynchronizationManager.isSynchronizationActive()) {
            TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {
                @Override
                public void afterCommit() {
                    action.run();
                }
            });
        } else {
            action.run();
        }
    }
}
